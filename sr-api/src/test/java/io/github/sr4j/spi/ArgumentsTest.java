// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ArgumentsTest {

  @Test
  void parse_readsNameAndValues() {
    Arguments arguments = Arguments.parse(" focal ( gamma = 2 , mode=soft ) ");

    assertThat(arguments.name()).isEqualTo("focal");
    assertThat(arguments.number("gamma", 1)).isEqualTo(2);
    assertThat(arguments.text("mode", "hard")).isEqualTo("soft");
    assertThat(arguments.integer("absent", 7, 1, 9)).isEqualTo(7);
    arguments.refuseUnread();
  }

  @Test
  void values_inQuotes_areTakenAsTheyAre() {
    Arguments arguments =
        Arguments.parse("gram(\"C:\\a (1), b=c\\vgg.npz:conv1_1\", conv2_1, file=\"x, y\")");

    assertThat(arguments.unnamed()).containsExactly("C:\\a (1), b=c\\vgg.npz:conv1_1", "conv2_1");
    assertThat(arguments.text("file", "")).isEqualTo("x, y");
    arguments.refuseUnread();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"l1", "focal(gamma=2)", "gram(a.npz:b, c, d=e)", "gram(\"a (1):b\", d=\"e,f\")"})
  void toString_isTheTextThatIsRead(String text) {
    assertThat(Arguments.parse(text)).hasToString(text);
  }

  @Test
  void quote_ofADoubleQuote_isRefused() {
    assertThatThrownBy(() -> Arguments.quote("a\"b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a\"b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "a(", "a(b=1", "a(b=(1))", "a(b=1) c", "a(\"b=1)", "a(=1)"})
  void parse_ofAnotherForm_isRefused(String text) {
    assertThatThrownBy(() -> Arguments.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"");
  }

  @Test
  void parse_ofALongText_doesNotOverflowTheStack() {
    String text = "a(b=" + "x\"y\"".repeat(100_000) + ")";

    assertThat(Arguments.parse(text).text("b", "")).hasSize(200_000);
  }

  @Test
  void argumentGivenTwice_isRefused() {
    assertThatThrownBy(() -> Arguments.parse("a(b=1, b=2)"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("argument \"b\" is given twice in \"a(b=1, b=2)\"");
  }

  @Test
  void unreadArguments_areRefused() {
    Arguments named = Arguments.parse("a(b=1)");
    named.text("c", "");
    Arguments unnamed = Arguments.parse("a(1)");

    assertThatThrownBy(named::refuseUnread).hasMessage("a has no argument \"b\"; it has c");
    assertThatThrownBy(unnamed::refuseUnread)
        .hasMessage("expected key=value in the parentheses of a, but was \"1\"");
  }
}
