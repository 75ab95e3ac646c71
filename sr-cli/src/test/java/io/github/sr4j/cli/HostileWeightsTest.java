// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of weights that attack whoever opens them: one line, status 1, and nothing else. */
final class HostileWeightsTest {

  private static final String PWNED = "sr4j-test-pwned";

  /** A dictionary with one tensor, whose storage is declared to have so many elements. */
  private static final String TENSOR =
      "\u0080\u0002}U\u0001wctorch._utils\n_rebuild_tensor_v2\n"
          + "((U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuL%sL\ntQ"
          + "I0\n(L%sL\nt(I1\nt\u0089ccollections\nOrderedDict\n)RtRs.";

  @TempDir private Path folder;

  static Stream<Arguments> hostile() throws IOException {
    byte[] noise = new byte[4000]; // which does not shrink in the archive
    new Random(1).nextBytes(noise);
    byte[] sound = archive(String.format(TENSOR, 1000, 1000), noise);
    return Stream.of(
        arguments("sound.pth", sound, "must have the weights of a known architecture"),
        arguments(
            "evil.pth",
            bytes("cos\nsystem\n(S'touch " + PWNED + "'\ntR."),
            "its pickle calls os.system, which is not run"),
        arguments(
            "zipped.pth",
            archive("cposix\nsystem\n(S'touch " + PWNED + "'\ntR.", new byte[4]),
            "its pickle calls posix.system, which is not run"),
        arguments(
            "unknown.ckpt",
            archive("cevil.module\nLoader\n)R.", new byte[4]),
            "its pickle calls evil.module.Loader, which is not run"),
        arguments(
            "huge.pt",
            archive(String.format(TENSOR, 1L << 40, 1L << 40), new byte[24]),
            "must hold 1099511627776 values of 4 bytes, but has 24 bytes"),
        arguments(
            "bomb.pth",
            archive("N.".repeat(20_000_000), new byte[4]),
            "must unpack to at most twice its size"),
        arguments("cut.pth", Arrays.copyOf(sound, sound.length / 2), "is truncated"),
        arguments(
            "overlapping.safetensors",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                12),
            "b must have bytes of its own, but shares some with a"),
        arguments(
            "beyond.safetensors",
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1048576,1048576],"
                    + "\"data_offsets\":[0,4398046511104]}}",
                12),
            "is truncated or damaged: a of shape [1048576, 1048576]"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void commands_refuseIt_inOneLine_andExecuteNothing(String name, byte[] content, String reason)
      throws IOException {
    Path weights = folder.resolve(name);
    Files.write(weights, content);
    Path image = folder.resolve("small.png");
    ImageIO.write(new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
    Path enlarged = folder.resolve("large.png");
    Path model = folder.resolve("model.onnx");

    Invocation.of("inspect", weights).failsSaying(name + ": ", reason);
    Invocation.of("convert", weights, model).failsSaying(name + ": ", reason);
    Invocation.of("upscale", image, enlarged, "--model", weights).failsSaying(name + ": ", reason);

    assertThat(model).doesNotExist();
    assertThat(enlarged).doesNotExist();
    assertThat(Path.of(PWNED)).doesNotExist();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The form of PyTorch since 1.6. */
  private static byte[] archive(String pickle, byte[] storage) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(bytes(pickle));
      zip.putNextEntry(new ZipEntry("archive/data/0"));
      zip.write(storage);
    }
    return out.toByteArray();
  }

  private static byte[] safetensors(String header, int data) {
    byte[] text = bytes(header);
    return ByteBuffer.allocate(8 + text.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }
}
