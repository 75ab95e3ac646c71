// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Ints;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * One of several parts of the images of a folder, one for each machine. The part of an image
 * depends on its path in the folder alone, so that machines that list the folder at different times
 * agree.
 *
 * @param number from 1 to {@code count}
 * @param count the number of parts
 */
record Shard(int number, int count) {

  /** Reads {@code 3/8}, the third of eight parts. */
  static final class Converter implements ITypeConverter<Shard> {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    @Override
    public Shard convert(String text) {
      Matcher matcher = TEXT.matcher(text);
      if (matcher.matches()) {
        Shard shard =
            new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        if (shard.number >= 1 && shard.number <= shard.count) {
          return shard;
        }
      }
      throw new TypeConversionException(
          "must be I/N, the number of this part, from 1, and of all parts, such as 3/8, but was "
              + text);
    }
  }

  /** Returns the images of this part. */
  List<Path> of(List<Path> images, Path folder) {
    return images.stream().filter(image -> number(folder.relativize(image)) == number).toList();
  }

  private int number(Path path) {
    StringBuilder name = new StringBuilder(); // the same on every system
    path.forEach(element -> name.append('/').append(element));
    int hash = Ints.fromByteArray(Hashing.sha256().hashString(name, UTF_8).asBytes());
    return Math.floorMod(hash, count) + 1;
  }

  @Override
  public String toString() {
    return number + "/" + count;
  }
}
