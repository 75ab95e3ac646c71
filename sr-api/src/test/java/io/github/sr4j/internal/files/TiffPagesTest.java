// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.SharedData;
import io.github.sr4j.internal.files.TiffFile.Page;
import java.awt.Dimension;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which images of a TIFF are pages, and which files are none that can be read. */
final class TiffPagesTest {

  @TempDir Path folder;

  private static Page gray(TiffFile file, int width, int height) {
    return gray(file.page(width, height), width, height);
  }

  private static Page gray(Page page, int width, int height) {
    return page.samples(1, 1, 8, 1)
        .tag(278, TiffFile.LONG, height)
        .strips(new byte[width * height]);
  }

  private static Page detached(int width, int height) {
    return new TiffFile(ByteOrder.LITTLE_ENDIAN).page(width, height);
  }

  private List<Dimension> sizes(TiffFile file) throws IOException {
    return sizes(file.write(folder.resolve("pages.tif")));
  }

  private static List<Dimension> sizes(Path file) throws IOException {
    try (ImageSource source = ImageSource.open(file, 1 << 20)) {
      return source.pictures().stream()
          .map(picture -> new Dimension(picture.width(), picture.height()))
          .collect(Collectors.toList());
    }
  }

  @ParameterizedTest
  @CsvSource({"254, 1", "254, 3", "255, 2"})
  void reducedCopies_areNoPages_whereverTheyStand(int tag, int value) throws IOException {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).tag(tag, TiffFile.LONG, value);
    gray(file, 40, 30);
    gray(file, 5, 3).tag(tag, TiffFile.LONG, value);
    gray(file, 41, 30).tag(254, TiffFile.LONG, 2).tag(255, TiffFile.SHORT, 3);

    assertThat(sizes(file)).containsExactly(new Dimension(40, 30), new Dimension(41, 30));
    Path path = folder.resolve("pages.tif");
    assertThat(ImageFiles.size(path)).isEqualTo(new Dimension(40, 30));
    assertThat(ImageFiles.read(path).getWidth()).isEqualTo(40);
  }

  @Test
  void reducedCopiesAlone_areTheImages() throws IOException {
    TiffFile file = new TiffFile(ByteOrder.BIG_ENDIAN);
    gray(file, 8, 6).tag(254, TiffFile.LONG, 1);

    assertThat(sizes(file)).containsExactly(new Dimension(8, 6));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void masks_areNoPages_andAreCounted(boolean byPhotometric) throws IOException {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 40, 30);
    Page mask = gray(file, 40, 30);
    if (byPhotometric) {
      mask.tag(262, TiffFile.SHORT, 4);
    } else {
      mask.tag(254, TiffFile.LONG, 4);
    }
    gray(file, 20, 15).tag(254, TiffFile.LONG, 5); // the mask of a reduced copy

    assertThat(sizes(file)).containsExactly(new Dimension(40, 30));
    try (ImageSource source = ImageSource.open(folder.resolve("pages.tif"), 1 << 20)) {
      assertThat(source.masks()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "34926, Zstandard",
    "50000, Zstandard",
    "50001, WebP",
    "50002, JPEG XL",
    "34712, JPEG 2000",
    "33005, JPEG 2000",
    "34887, LERC",
    "34925, LZMA",
    "34661, JBIG",
    "34676, SGI LogLuv",
    "32809, ThunderScan",
    "12345, method 12345"
  })
  void compressionThatIsNotRead_isNamed_notCalledDamage(int compression, String name) {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).tag(259, TiffFile.SHORT, compression);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("pages.tif")
        .hasMessageContaining("compressed with " + name + " (Compression " + compression + ")")
        .hasMessageEndingWith(
            "; write it again with another compression, such as Deflate, or as a PNG")
        .message()
        .doesNotContain("damaged");
  }

  /** TwelveMonkeys' reader (3.15) takes another white for them, 5 levels off at middle gray. */
  @ParameterizedTest
  @ValueSource(ints = {8, 9, 10})
  void colorsInLab_areRefusedByName(int photometric) {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).tag(262, TiffFile.SHORT, photometric);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("its colours are CIE L*a*b* (PhotometricInterpretation");
  }

  /** Found by fuzzing: an array was made for them. */
  @Test
  void samplesPerPixelOfSeveralNumbers_costNoMemory() {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).tag(277, TiffFile.LONG, 0x7fff_fff0, 1, 1);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("it must have at most 1024 samples per pixel");
  }

  @Test
  void inksOtherThanCmyk_areRefusedByName() {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).tag(262, TiffFile.SHORT, 5).tag(332, TiffFile.SHORT, 2);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a TIFF of a kind that is not read: its inks are not those of CMYK");
  }

  @Test
  void cameraRaw_isRefused_byWhatIsInTheTiff() {
    TiffFile dng = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(dng, 20, 15).tag(254, TiffFile.LONG, 1).tag(50706, TiffFile.BYTE, 1, 4, 0, 0);
    assertRaw(dng.bytes(), "photo.tif", "DNG");

    for (String maker : new String[] {"NIKON CORPORATION", "SONY", "SAMSUNG"}) {
      TiffFile file = new TiffFile(ByteOrder.BIG_ENDIAN);
      Page sensor = gray(detached(200, 150), 200, 150).tag(262, TiffFile.SHORT, 32803);
      gray(file, 20, 15).tag(254, TiffFile.LONG, 1).text(271, maker).linkingTo(sensor);
      assertRaw(file.bytes(), "photo.tif", maker.equals("SONY") ? "Sony ARW" : "");
    }

    TiffFile pef = new TiffFile(ByteOrder.BIG_ENDIAN);
    gray(pef, 20, 15).tag(259, TiffFile.SHORT, 65535).text(271, "PENTAX Corporation");
    assertRaw(pef.bytes(), "photo.tiff", "Pentax PEF");

    TiffFile linear = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(linear, 20, 15).tag(262, TiffFile.SHORT, 34892);
    assertRaw(linear.bytes(), "photo.tif", "in the form of a TIFF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nef", "CR2", "arw", "sr2", "pef", "3fr", "srw", "iiq"})
  void tiffInForm_thatIsNamedAsCameraRaw_isRefused(String extension) {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 20, 15);

    assertRaw(file.bytes(), "photo." + extension, "");
  }

  @ParameterizedTest
  @CsvSource({
    "IIRO, Olympus ORF",
    "IIRS, Olympus ORF",
    "MMOR, Olympus ORF",
    "IIU., Panasonic RW2",
    "FUJIFILMCCD-RAW 0201, Fujifilm RAF",
    "...\u0018ftypcrx ...., Canon CR3",
    "II\u001a...HEAPCCDR, Canon CRW",
    ".MRM, Minolta MRW",
    "FOVb, Sigma X3F",
    "II*.\u0010...CR\u0002., Canon CR2",
    "II*.\u0008...IIIITwaR, Phase One IIQ"
  })
  void cameraRaw_isRefused_byItsFirstBytes(String start, String format) {
    byte[] bytes = Arrays.copyOf(start.replace('.', '\0').getBytes(ISO_8859_1), 4096);

    assertRaw(bytes, "photo.bin", format);
  }

  private void assertRaw(byte[] bytes, String name, String format) {
    assertThatThrownBy(() -> ImageFiles.read(Files.write(folder.resolve(name), bytes)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("a camera raw file (" + format)
        .hasMessageContaining("develop it in a raw converter");
  }

  @Test
  void directoriesNestedWithoutEnd_areRefused() {
    Page deepest = detached(1, 1);
    Page page = deepest;
    for (int i = 0; i < 30; i++) {
      page = detached(1, 1).linkingTo(page);
    }
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 4, 3).linkingTo(page);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("its parts are nested too deeply: directories more than 8 deep");
  }

  @Test
  void directoriesThatLinkToOneAnotherManyTimes_areRefused() {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    Page page = detached(1, 1);
    for (int depth = 0; depth < 5; depth++) {
      Page above = detached(1, 1);
      for (int i = 0; i < 10; i++) {
        above.linkingTo(page);
      }
      page = above;
    }
    gray(file, 4, 3).linkingTo(page);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("nested too deeply: more than 4096 directories");
  }

  @Test
  void nestedDirectoriesOfAnImage_areNoPages() throws IOException {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    Page half = gray(detached(20, 15), 20, 15);
    gray(file, 40, 30).linkingTo(half).linkingTo(gray(detached(10, 8), 10, 8));

    assertThat(sizes(file)).containsExactly(new Dimension(40, 30));
  }

  @ParameterizedTest
  @CsvSource({"2147483632, 2147483632", "2147483632, 16", "16, 2147483632", "65536, 65536"})
  void tilesFarLargerThanTheImage_areRefused(double width, double height) {
    TiffFile file = new TiffFile(ByteOrder.LITTLE_ENDIAN);
    gray(file, 64, 64)
        .without(278)
        .tiles(16, 16, new byte[4096])
        .tag(322, TiffFile.LONG, width)
        .tag(323, TiffFile.LONG, height);

    assertThatThrownBy(() -> sizes(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("its tiles are of " + (long) width + "x" + (long) height);
  }

  @Test
  void cases_areWhatTheyAre() throws IOException {
    Path cases = SharedData.folder("cases");

    assertThat(sizes(cases.resolve("images/oldsubfile.tif"))).hasSize(1);
    assertThat(sizes(cases.resolve("images/cog_mask.tif"))).hasSize(1);
    try (ImageSource source = ImageSource.open(cases.resolve("images/cog_mask.tif"), 1 << 20)) {
      assertThat(source.masks()).isEqualTo(1);
    }
    assertRefused(cases.resolve("images/rawlike.dng"), "a camera raw file (DNG)");
    assertRefused(cases.resolve("images/c_zstd.tif"), "compressed with Zstandard");
    assertRefused(cases.resolve("images/c_webp.tif"), "compressed with WebP");
    assertRefused(cases.resolve("hostile/subifd-20000-deep.tif"), "nested too deeply");
    assertRefused(cases.resolve("hostile/tile-2e31.tif"), "its tiles are of 2147483632x");
    assertRefused(cases.resolve("hostile/bits-64.tif"), "cut off");
  }

  private static void assertRefused(Path file, String words) {
    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(words);
  }
}
