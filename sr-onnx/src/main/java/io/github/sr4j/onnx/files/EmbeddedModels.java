// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.files;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.Model.Card;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.editing.HalfWeights;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The models in this module's jar, as {@code models.txt} lists them. */
public final class EmbeddedModels {

  private static final String INT8 = "-int8"; // after the name of a model, of its int8 form

  private EmbeddedModels() {}

  /** Returns the cards of the embedded models. */
  public static List<Card> all() {
    return parse(new String(read("models/models.txt"), StandardCharsets.UTF_8));
  }

  /** Reads lines of columns, separated by bars, in the order of the head of the file. */
  public static List<Card> parse(String index) {
    ImmutableList.Builder<Card> models = ImmutableList.builder();
    for (String line : Splitter.on('\n').trimResults().omitEmptyStrings().split(index)) {
      if (!line.startsWith("#")) {
        models.add(card(Splitter.on('|').trimResults().splitToList(line)));
      }
    }
    return models.build();
  }

  private static Card card(List<String> columns) {
    String name = columns.get(0);
    return Card.of(name, Integer.parseInt(columns.get(1)))
        .cost(
            new Card.Cost(
                Long.parseLong(columns.get(2)),
                Long.parseLong(columns.get(3)),
                Long.parseLong(columns.get(4))))
        .figures(figure(columns.get(5), columns.get(6)))
        .int8(
            new Card.Int8(
                name + INT8,
                Long.parseLong(columns.get(7)),
                List.of(figure(columns.get(8), columns.get(9)))))
        .terms(new Card.Terms(columns.get(10), columns.get(11)));
  }

  private static Card.Figure figure(String psnr, String ssim) {
    return new Card.Figure("Set5", Double.parseDouble(psnr), Double.parseDouble(ssim));
  }

  /**
   * Returns the bytes of a model or of an int8 form; weights stored as float16 become float32.
   *
   * @throws ModelFormatException if {@link #all} does not have the name
   */
  public static byte[] content(String name) {
    List<String> names = all().stream().map(Card::name).toList();
    boolean isInt8 = name.endsWith(INT8);
    if (!names.contains(isInt8 ? name.substring(0, name.length() - INT8.length()) : name)) {
      throw new ModelFormatException(
          String.format(
              "%s: is not one of the embedded models, which are %s",
              name, names.isEmpty() ? "none" : String.join(", ", names)),
          null);
    }
    return HalfWeights.widened(read("models/" + name + ".onnx"));
  }

  /** Returns the bytes of a file beside the provider of this module. */
  public static byte[] read(String resource) {
    // Not through Guava's Resources: what a module does not open, only its own code can read.
    try (InputStream in =
        EmbeddedModels.class.getResourceAsStream("/io/github/sr4j/onnx/" + resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar of sr-onnx");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource + " in the jar of sr-onnx", e);
    }
  }
}
