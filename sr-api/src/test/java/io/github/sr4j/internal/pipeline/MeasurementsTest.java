// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.SharedData;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.files.TiffFile;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.NearestNetwork;
import io.github.sr4j.internal.tiles.NetworkSettings;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose samples are numbers: elevations, temperatures, bands of a satellite, light. */
final class MeasurementsTest {

  private static final int UNSIGNED = 1;
  private static final int SIGNED = 2;
  private static final int FLOAT = 3;
  private static final float NONE = -9999;

  private static final FileUpscale.Limits SMALL =
      new FileUpscale.Limits(0, 256, 1 << 12, new ImageSource.Budget(1 << 12, 1 << 10));

  @TempDir Path folder;

  private static Pipeline pipeline(BlockUpscaler network) {
    return new Pipeline(
        network,
        new NetworkSettings(
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            false,
            1,
            OptionalDouble.empty()),
        new RowExecutor(1));
  }

  private static Pipeline nearest() {
    return pipeline(new NearestNetwork(ModelInfo.Color.LUMA));
  }

  /** A network that depends on 7 pixels around, and leaves levels about as they are. */
  private static Pipeline filter() {
    return pipeline(FilterNetwork.of(ModelInfo.Color.LUMA, 2, 3));
  }

  private Path enlarged(Pipeline pipeline, TiffFile source, FileUpscale.Limits limits) {
    return enlarged(pipeline, source.write(folder.resolve("source.tif")), limits);
  }

  private Path enlarged(Pipeline pipeline, Path source, FileUpscale.Limits limits) {
    Path target = folder.resolve("target.tif");
    try {
      new FileUpscale(pipeline, PixelLimits.of(1 << 20), limits)
          .run(source, target, UpscaleOptions.defaults());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return target;
  }

  private static BufferedImage read(Path file) {
    try {
      return ImageFiles.read(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static double[] values(Path file) {
    Raster raster = read(file).getRaster();
    return raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (double[]) null);
  }

  /** Samples of any kind in little-endian order. */
  private static byte[] stored(int format, int bits, IntToDoubleFunction values, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      double value = values.applyAsDouble(i);
      if (format == FLOAT && bits == 64) {
        bytes.putDouble(value);
      } else if (format == FLOAT) {
        bytes.putFloat((float) value);
      } else if (bits == 8) {
        bytes.put((byte) (int) value);
      } else if (bits == 16) {
        bytes.putShort((short) (int) value);
      } else if (bits == 32) {
        bytes.putInt((int) (long) value);
      } else {
        bytes.putLong((long) value);
      }
    }
    return bytes.array();
  }

  /** Hills with a sea, a single hole and one larger than the reach of values. */
  private static float elevation(int width, int i) {
    int x = i % width;
    int y = i / width;
    boolean isSea = x > 20 && x < 70 && y > 30 && y < 85;
    boolean isHole = (x == 5 && y == 7) || (x == 0 && y == 0);
    return (isSea || isHole) ? NONE : (float) (800 + 900 * Math.sin(x * 0.3) * Math.cos(y * 0.2));
  }

  private static TiffFile elevations(int width, int height, float none) {
    float[] values = new float[width * height];
    for (int i = 0; i < values.length; i++) {
      float value = elevation(width, i);
      values[i] = value == NONE ? none : value;
    }
    TiffFile file = TiffFile.ofFloats(width, height, values);
    if (!Float.isNaN(none)) {
      file.page().text(42113, Float.toString(none));
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource({"3, 32", "3, 64", "2, 8", "2, 16", "2, 32", "2, 64", "1, 64"})
  void values_areThoseOfTheNetwork_whateverTheirRange(int format, int bits) throws IOException {
    int width = 9;
    int height = 7;
    Random random = new Random(bits);
    double[] values =
        IntStream.range(0, width * height)
            .mapToDouble(
                i ->
                    format == FLOAT
                        ? (float) (random.nextDouble() * 5000 - 400)
                        : format == SIGNED ? random.nextInt(200) - 100 : random.nextInt(5000))
            .toArray();
    byte[] data = stored(format, bits, i -> values[i], values.length);
    TiffFile source = TiffFile.of(width, height, 1, 1, bits, format, data);

    Path target = enlarged(nearest(), source, SMALL);

    double tolerance = format == FLOAT ? 5400 * 1e-6 : 0;
    double[] result = values(target);
    for (int i = 0; i < result.length; i++) {
      double expected = values[i / (2 * width) / 2 * width + i % (2 * width) / 2];
      assertThat(result[i]).isCloseTo(expected, within(tolerance));
    }
    TiffFile again = TiffFile.of(1, 1, 1, 1, bits, format, new byte[bits / 8]);
    assertThat(read(target).getRaster().getTransferType())
        .isEqualTo(read(again.write(folder.resolve("kind.tif"))).getRaster().getTransferType());
    assertThat(tag(target, 258)).containsExactly(bits);
    assertThat(tag(target, 339).length == 0 ? 1 : tag(target, 339)[0]).isEqualTo(format);
  }

  private static double[] tag(Path file, int tag) {
    try {
      return TiffTagsOf.numbers(file, tag);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void halfFloats_stayHalfFloats() {
    short[] halves = {0x4900, (short) 0xcd00, 0x7bff, 0x0001}; // 10, -20, 65504, 2^-24
    ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    data.asShortBuffer().put(halves);

    Path target = enlarged(nearest(), TiffFile.of(4, 1, 1, 1, 16, FLOAT, data.array()), SMALL);

    assertThat(tag(target, 258)).containsExactly(16);
    double[] result = values(target);
    assertThat(result[0]).isCloseTo(10, within(0.02));
    assertThat(result[2]).isCloseTo(-20, within(0.02));
    assertThat(result[4]).isEqualTo(65504);
  }

  @Test
  void noData_staysWhereItIs_andBleedsIntoNothing() {
    double[] byMin = values(enlarged(filter(), elevations(90, 100, -9999), SMALL));
    double[] byMax = values(enlarged(filter(), elevations(90, 100, 3e38f), SMALL));
    double[] byNan = values(enlarged(filter(), elevations(90, 100, Float.NaN), SMALL));

    for (int i = 0; i < byMin.length; i++) {
      boolean isNone = elevation(90, i / 180 / 2 * 90 + i % 180 / 2) == NONE;
      assertThat(byMin[i] == -9999).isEqualTo(isNone);
      assertThat(byMax[i] == 3e38f).isEqualTo(isNone);
      assertThat(Double.isNaN(byNan[i])).isEqualTo(isNone);
      if (!isNone) {
        assertThat(byMax[i]).isEqualTo(byMin[i]);
        assertThat(byNan[i]).isEqualTo(byMin[i]);
      }
    }
  }

  @Test
  void parts_equalTheWhole_alsoNextToLargeHoles() {
    FileUpscale.Limits whole =
        new FileUpscale.Limits(1 << 20, 1 << 18, 1 << 24, ImageSource.Budget.ofHeap());
    for (Pipeline pipeline :
        new Pipeline[] {
          filter(),
          pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2)),
          pipeline(FilterNetwork.preupscaled(ModelInfo.Color.LUMA, 3, 4)),
          pipeline(FilterNetwork.aligned(2, 2, 5))
        }) {
      double[] expected = values(enlarged(pipeline, elevations(90, 100, NONE), whole));

      assertThat(values(enlarged(pipeline, elevations(90, 100, NONE), SMALL)))
          .containsExactly(expected);
      Path source = elevations(90, 100, NONE).write(folder.resolve("memory.tif"));
      Raster inMemory = inMemory(pipeline, read(source)).getRaster();
      assertThat(
              inMemory.getPixels(0, 0, inMemory.getWidth(), inMemory.getHeight(), (double[]) null))
          .containsExactly(expected);
    }
  }

  private static BufferedImage inMemory(Pipeline pipeline, BufferedImage image) {
    UpscaleOptions options = UpscaleOptions.defaults();
    return pipeline.upscale(
        image,
        pipeline.sizes().inMemory(image.getWidth(), image.getHeight(), options),
        new UpscaleCall(100, options.listener()));
  }

  @Test
  void imageInMemory_keepsWhatStandsForNoData() throws IOException {
    Path source = elevations(12, 10, NONE).write(folder.resolve("source.tif"));
    Path target = folder.resolve("written.tif");

    ImageFiles.write(inMemory(nearest(), ImageFiles.read(source)), target);

    assertThat(values(target)[0]).isEqualTo(NONE);
    assertThat(TiffTagsOf.text(target, 42113)).isEqualTo("-9999");
  }

  @Test
  void factors_keepNoDataUnderThePixelsThatLieOnIt() {
    for (double factor : new double[] {0.5, 1, 1.5, 2.7, 3}) {
      Path source = elevations(30, 20, NONE).write(folder.resolve("source.tif"));
      Path target = folder.resolve("target.tif");
      try {
        new FileUpscale(filter(), PixelLimits.of(1 << 20), SMALL)
            .run(source, target, UpscaleOptions.defaults().factor(factor));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      BufferedImage result = read(target);
      int width = result.getWidth();
      int height = result.getHeight();
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int under = (2 * y + 1) * 20 / (2 * height) * 30 + (2 * x + 1) * 30 / (2 * width);
          assertThat(result.getRaster().getSampleFloat(x, y, 0) == NONE)
              .as("factor %s, column %s, row %s", factor, x, y)
              .isEqualTo(elevation(30, under) == NONE);
        }
      }
    }
  }

  @Test
  void samplesThatAreNotFinite_stayAsTheyAre() {
    float infinity = Float.POSITIVE_INFINITY;
    float[] values = {1, 2, Float.NaN, 4, infinity, 6, -infinity, 8, 0.5f};

    double[] result = values(enlarged(nearest(), TiffFile.ofFloats(3, 3, values), SMALL));

    for (int i = 0; i < result.length; i++) {
      assertThat(result[i]).isCloseTo(values[i / 6 / 2 * 3 + i % 6 / 2], within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {5, -3e38f, 0.25f, Float.NaN, 1e-40f, Float.POSITIVE_INFINITY})
  void constants_stayConstant(float value) {
    float[] values = new float[12];
    Arrays.fill(values, value);

    double[] result = values(enlarged(nearest(), TiffFile.ofFloats(4, 3, values), SMALL));

    assertThat(result).hasSize(48);
    for (double sample : result) {
      // Gray goes through the scale of luma, which rounds.
      double rounding = Float.isFinite(value) ? 1e-6 * Math.max(1, Math.abs(value)) : 0;
      assertThat(sample).isCloseTo(value, within(rounding));
    }
  }

  @Test
  void rangesBeyondThatOfDoubles_areScaledAllTheSame() {
    double[] values = {-Double.MAX_VALUE, Double.MAX_VALUE, 0, Double.MAX_VALUE / 2};
    byte[] data = stored(FLOAT, 64, i -> values[i], 4);

    double[] result = values(enlarged(nearest(), TiffFile.of(4, 1, 1, 1, 64, FLOAT, data), SMALL));

    assertThat(result[0]).isCloseTo(-Double.MAX_VALUE, within(1e302));
    assertThat(result[2]).isCloseTo(Double.MAX_VALUE, within(1e302));
    assertThat(result[4]).isCloseTo(0, within(1e302));
  }

  @Test
  void zerosOfPicturesArePixels_ofWhichAllColorsAreNoData() {
    byte[] data = new byte[5 * 4 * 3];
    new Random(3).nextBytes(data);
    data[0] = data[1] = data[2] = 0; // no data
    data[3] = 0; // black is red's least, not none
    TiffFile source = TiffFile.of(5, 4, 2, 3, 8, UNSIGNED, data);
    source.page().text(42113, "0");
    byte[] other = data.clone();

    Raster result = read(enlarged(filter(), source, SMALL)).getRaster();

    for (int band = 0; band < 3; band++) {
      assertThat(result.getSample(1, 1, band)).isEqualTo(0);
    }
    assertThat(result.getSample(2, 0, 0) + result.getSample(2, 0, 1) + result.getSample(2, 0, 2))
        .isPositive();
    assertThat(other).isEqualTo(data);
  }

  @Test
  void valuesThatBecomeNoDataByRounding_areMovedBesideIt() {
    // From 0 to 1 in steps that nearest enlargement repeats, and the value for none within them.
    short[] values = {1, 2, 3, 200, 3, 2, 1, 1};
    byte[] data = stored(SIGNED, 16, i -> values[i], 8);
    TiffFile source = TiffFile.of(8, 1, 1, 1, 16, SIGNED, data);
    source.page().text(42113, "57");

    double[] result = values(enlarged(filter(), source, SMALL));

    assertThat(result).doesNotContain(57.0);
  }

  @Test
  void bands_areEnlargedEachByItself() throws IOException {
    int width = 21;
    int height = 33;
    int samples = 6;
    byte[] data = new byte[width * height * samples];
    new Random(5).nextBytes(data);
    Path bands = folder.resolve("bands.tif");

    TiffFile.of(width, height, 1, samples, 8, UNSIGNED, data).write(bands);
    double[][] result = TiffTagsOf.bands(enlarged(filter(), bands, SMALL));

    for (int band = 0; band < samples; band++) {
      byte[] own = new byte[width * height];
      for (int i = 0; i < own.length; i++) {
        own[i] = data[i * samples + band];
      }
      TiffFile gray = TiffFile.of(width, height, 1, 1, 8, UNSIGNED, own);
      assertThat(result[band]).containsExactly(values(enlarged(filter(), gray, SMALL)));
    }
  }

  @Test
  void bandsBesideColorAndAlpha_leaveThemAsTheyAre() throws IOException {
    int width = 17;
    int height = 40;
    byte[] data = new byte[width * height * 5 * 2];
    new Random(6).nextBytes(data);
    TiffFile all = TiffFile.of(width, height, 2, 5, 16, UNSIGNED, data);
    all.page().tag(338, TiffFile.SHORT, 0, 2);
    byte[] ofColor = new byte[width * height * 4 * 2];
    for (int i = 0; i < width * height; i++) {
      System.arraycopy(data, i * 10, ofColor, i * 8, 6);
      System.arraycopy(data, i * 10 + 8, ofColor, i * 8 + 6, 2);
    }
    TiffFile color = TiffFile.of(width, height, 2, 4, 16, UNSIGNED, ofColor);
    color.page().tag(338, TiffFile.SHORT, 2);
    Pipeline rgb = pipeline(FilterNetwork.of(ModelInfo.Color.RGB, 2, 2));

    Path target = enlarged(rgb, all, SMALL);
    double[][] result = TiffTagsOf.bands(target);

    assertThat(tag(target, 338)).containsExactly(0, 2);
    double[][] expected = TiffTagsOf.bands(enlarged(rgb, color, SMALL));
    for (int band = 0; band < 3; band++) {
      assertThat(result[band]).containsExactly(expected[band]);
    }
    assertThat(result[4]).containsExactly(expected[3]);
    assertThat(Arrays.stream(result[3]).max().orElseThrow()).isPositive();
  }

  @Test
  void formatsOfPictures_areRefusedForNumbersAndBands() {
    Path target = folder.resolve("target.png");
    FileUpscale files = new FileUpscale(nearest(), PixelLimits.of(1 << 20), SMALL);
    Path numbers = TiffFile.ofFloats(2, 1, -5, 2000).write(folder.resolve("numbers.tif"));
    Path bands =
        TiffFile.of(2, 1, 1, 2, 8, UNSIGNED, new byte[4]).write(folder.resolve("bands.tif"));

    assertThatThrownBy(() -> files.run(numbers, target, UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("numbers.tif: has samples that are numbers, from -5.00000 to 2000.00")
        .hasMessageContaining("target.png could not hold; name a target ending in tif");
    assertThatThrownBy(() -> files.run(bands, target, UpscaleOptions.defaults()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("bands.tif: has 2 samples per pixel, more than colour and alpha");
  }

  @Test
  void alphaThatIsNoNumber_isTheImagesFault() {
    float[] values = {1, 2, 3, 1, 4, 5, 6, Float.NaN};
    ByteBuffer data = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    TiffFile file = TiffFile.of(1, 2, 2, 4, 32, FLOAT, data.array());
    file.page().tag(338, TiffFile.SHORT, 2);
    Path source = file.write(folder.resolve("alpha.tif"));

    assertThatThrownBy(() -> enlarged(nearest(), source, SMALL))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(
            "alpha.tif: alpha must be a number from 0 to 1, but is NaN at column 0, row 1");
  }

  @Test
  void samplesOfNetworks_mustBeFinite() {
    FloatImage image = FloatImage.wrap(1, 2, 3, new float[] {0, 0, 0, 0, Float.NaN, 0});
    Pipeline pipeline = nearest();

    assertThatThrownBy(
            () -> pipeline.upscale(image, new Size(6, 4), new UpscaleCall(1, Optional.empty())))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage("samples must be finite, but one is NaN in channel 0 at column 1, row 1");
  }

  @Test
  void light_brighterThanWhite_staysSo_underAlpha() {
    float[] values = {40, 2, 0.5f, 1, 0.25f, 8, 6, 0.5f, Float.NaN, 8e9f, 1, 0};
    ByteBuffer data = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    TiffFile file = TiffFile.of(3, 1, 2, 4, 32, FLOAT, data.array());
    file.page().tag(338, TiffFile.SHORT, 2);

    Raster result =
        read(enlarged(pipeline(new NearestNetwork(ModelInfo.Color.RGB)), file, SMALL)).getRaster();

    for (int x = 0; x < 4; x++) {
      for (int band = 0; band < 3; band++) {
        assertThat(result.getSampleFloat(x, 1, band))
            .isCloseTo(values[x / 2 * 4 + band], within(1e-4f));
      }
    }
  }

  @Test
  void geography_movesWithThePixels() throws IOException {
    TiffFile source = TiffFile.ofFloats(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
    source
        .page()
        .tag(33550, TiffFile.DOUBLE, 10, 20, 0)
        .tag(33922, TiffFile.DOUBLE, 1, 2, 0, 600_000, 5_100_000, 0)
        .tag(34735, TiffFile.SHORT, 1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, 1)
        .tag(34736, TiffFile.DOUBLE, 6378137, 298.25)
        .text(34737, "WGS 84|")
        .text(42112, "<GDALMetadata><Item name=\"x\">1</Item></GDALMetadata>")
        .text(42113, "nan");

    Path target = enlarged(nearest(), source, SMALL);

    assertThat(tag(target, 33550)).containsExactly(5, 10, 0);
    assertThat(tag(target, 33922)).containsExactly(2, 4, 0, 600_000, 5_100_000, 0);
    assertThat(tag(target, 34735)).containsExactly(1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, 1);
    assertThat(tag(target, 34736)).containsExactly(6378137, 298.25);
    assertThat(TiffTagsOf.text(target, 34737)).isEqualTo("WGS 84|");
    assertThat(TiffTagsOf.text(target, 42112)).startsWith("<GDALMetadata><Item");
    assertThat(TiffTagsOf.text(target, 42113)).isEqualTo("nan");
  }

  @Test
  void geography_isLeftOutOnRequest_andWhatTheSamplesAreIsNot() throws IOException {
    TiffFile file = TiffFile.ofFloats(2, 2, 1, 2, 3, NONE);
    file.page()
        .tag(33550, TiffFile.DOUBLE, 10, 20, 0)
        .tag(33922, TiffFile.DOUBLE, 1, 2, 0, 600_000, 5_100_000, 0)
        .text(42112, "<GDALMetadata/>")
        .text(42113, "-9999");
    Path source = file.write(folder.resolve("source.tif"));
    Path target = folder.resolve("target.tif");
    FileUpscale files = new FileUpscale(nearest(), PixelLimits.of(1 << 20), SMALL);

    files.run(source, target, UpscaleOptions.defaults().stripLocation());
    assertThat(tag(target, 33550)).isEmpty();
    assertThat(tag(target, 33922)).isEmpty();
    assertThat(TiffTagsOf.text(target, 42112)).isEqualTo("<GDALMetadata/>");

    files.run(source, target, UpscaleOptions.defaults().stripMetadata());
    assertThat(tag(target, 33550)).isEmpty();
    assertThat(tag(target, 42112)).isEmpty();
    assertThat(TiffTagsOf.text(target, 42113)).isEqualTo("-9999");
  }

  @Test
  void masks_areReportedAsLeftOut() throws IOException {
    TiffFile file = TiffFile.ofFloats(2, 2, 0, 0.5f, 1, 0);
    file.page(2, 2).samples(4, 1, 1, UNSIGNED).strips(new byte[2]);
    List<String> notes = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void progressed(Progress progress) {}

          @Override
          public void noted(String note) {
            notes.add(note);
          }
        };

    new FileUpscale(nearest(), PixelLimits.of(1 << 20), SMALL)
        .run(
            file.write(folder.resolve("source.tif")),
            folder.resolve("target.png"),
            UpscaleOptions.defaults().listener(listener));

    assertThat(notes).containsExactly("1 of its images are masks of others and left out");
  }

  /** The corners of an image lie where they lay, whatever places of pixels are counted from. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "1, 2", "2, 2", "1, 3", "1, 4", "1, 5", "1, 6", "2, 7", "1, 8"})
  void cornersOfTheImage_lieWhereTheyLay(int rasterType, int orientation) throws IOException {
    for (boolean isMatrix : new boolean[] {false, true}) {
      TiffFile source = TiffFile.ofFloats(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
      source
          .page()
          .tag(274, TiffFile.SHORT, orientation)
          .tag(34735, TiffFile.SHORT, 1, 1, 0, 1, 1025, 0, 1, rasterType);
      if (isMatrix) {
        source
            .page()
            .tag(34264, TiffFile.DOUBLE, 10, 1, 0, 600, 2, -20, 0, 700, 0, 0, 0, 0, 0, 0, 0, 1);
      } else {
        source
            .page()
            .tag(33550, TiffFile.DOUBLE, 10, 20, 0)
            .tag(33922, TiffFile.DOUBLE, 3, 1, 0, 600, 700, 0);
      }
      Path file = source.write(folder.resolve("geo.tif"));

      Path target = enlarged(nearest(), file, SMALL);

      BufferedImage result = read(target);
      double[] before = corners(file, 4, 2);
      double[] after = corners(target, result.getWidth(), result.getHeight());
      assertThat(after).containsExactly(before, within(1e-9));
    }
  }

  /** The four corners on the map, sorted, since turned images have them in another order. */
  private static double[] corners(Path file, int width, int height) throws IOException {
    double[] matrix = tag(file, 34264);
    if (matrix.length == 0) {
      double[] scale = tag(file, 33550);
      double[] tie = tag(file, 33922);
      matrix =
          new double[] {
            scale[0], 0, 0, tie[3] - tie[0] * scale[0], 0, -scale[1], 0, tie[4] + tie[1] * scale[1]
          };
    }
    double shift = tag(file, 34735)[7] == 2 ? -0.5 : 0;
    double[] corners = new double[4];
    for (int i = 0; i < 4; i++) {
      double x = (i % 2 == 0 ? 0 : width) + shift;
      double y = (i < 2 ? 0 : height) + shift;
      double mapX = matrix[0] * x + matrix[1] * y + matrix[3];
      double mapY = matrix[4] * x + matrix[5] * y + matrix[7];
      corners[i] = mapX * 1e4 + mapY;
    }
    Arrays.sort(corners);
    return corners;
  }

  @Test
  void cases_comeOutAsTheyAre() throws IOException {
    Path cases = SharedData.folder("cases").resolve("images");

    double[] elevations = values(cases.resolve("dem_float.tif"));
    double[] enlarged = values(enlarged(nearest(), cases.resolve("dem_float.tif"), SMALL));
    for (int i = 0; i < enlarged.length; i++) {
      double expected = elevations[i / 160 / 2 * 80 + i % 160 / 2];
      assertThat(enlarged[i]).isCloseTo(expected, within(expected == NONE ? 0 : 0.01));
    }
    assertThat(tag(folder.resolve("target.tif"), 33550)).containsExactly(5, 5, 0);

    double[] signed = values(cases.resolve("int8_gray.tif"));
    assertThat(Arrays.stream(signed).min().orElseThrow()).isNegative();
    double[] signedEnlarged = values(enlarged(nearest(), cases.resolve("int8_gray.tif"), SMALL));
    for (int i = 0; i < signedEnlarged.length; i++) {
      assertThat(signedEnlarged[i]).isEqualTo(signed[i / 74 / 2 * 37 + i % 74 / 2]);
    }
    assertThat(tag(folder.resolve("target.tif"), 339)).containsExactly(SIGNED);

    for (String name : new String[] {"multispectral6.tif", "rgbx8_unspec.tif"}) {
      double[][] bands = TiffTagsOf.bands(cases.resolve(name));
      Path target =
          enlarged(pipeline(new NearestNetwork(ModelInfo.Color.RGB)), cases.resolve(name), SMALL);
      double[][] result = TiffTagsOf.bands(target);
      assertThat(result).hasDimensions(bands.length, 74 * 58);
      for (int band = 0; band < bands.length; band++) {
        for (int i = 0; i < result[band].length; i++) {
          assertThat(result[band][i]).isEqualTo(bands[band][i / 74 / 2 * 37 + i % 74 / 2]);
        }
      }
      assertThat(tag(target, 338)).containsOnly(0);
    }

    Path geo = enlarged(nearest(), cases.resolve("geo.tif"), SMALL);
    assertThat(tag(geo, 33550)).containsExactly(5, 5, 0);
    assertThat(tag(geo, 33922)).containsExactly(tag(cases.resolve("geo.tif"), 33922));
    assertThat(tag(geo, 34735)).containsExactly(tag(cases.resolve("geo.tif"), 34735));
    assertThat(TiffTagsOf.text(geo, 42113)).isEqualTo("-9999");
  }
}
