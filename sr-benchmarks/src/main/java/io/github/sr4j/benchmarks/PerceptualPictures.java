// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.base.Splitter;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Resampling;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The pictures of docs/losses.md and docs/reproductions.md: a painting to take a style from, crops
 * side by side, and curves of runs. The commands are there, or see {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar io.github.sr4j.benchmarks.PerceptualPictures
 * }</pre>
 */
@Command(
    name = "PerceptualPictures",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Makes the pictures of docs/losses.md and docs/reproductions.md.")
public final class PerceptualPictures {

  private static final int GAP = 4; // pixels between the crops of a sheet
  private static final int[] PALETTE = {
    0x12264d, 0x1d4e89, 0x2f7dbb, 0x7fc2d9, 0xf6e7b0, 0xf4c430, 0xe88d1d, 0x0d1b2a
  };
  private static final String[] CURVES = {"#1d4e89", "#e88d1d", "#3a7d44", "#a23b72", "#555555"};
  private static final Pattern OUTER_COMMA = Pattern.compile(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)");
  private static final int MAX_POINTS = 150; // of a curve, each a mean over steps

  private PerceptualPictures() {}

  /** Runs one of the commands and ends the process. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new PerceptualPictures()).execute(args));
  }

  @Command(description = "Paints strokes along the lines of whirls, the same on every machine.")
  @SuppressWarnings("unused") // by picocli
  private void style(
      @Option(names = "--out", required = true, description = "The picture.") Path out,
      @Option(names = "--side", defaultValue = "256", description = "Its sides.") int side)
      throws IOException {
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(new Color(PALETTE[0]));
    graphics.fillRect(0, 0, side, side);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < side * side / 20; i++) {
      double x = side * random.nextDouble();
      double y = side * random.nextDouble();
      int index = (int) (PALETTE.length * (0.5 + 0.5 * Math.sin(whirl(x, y) * 2.5)));
      int spread = random.nextInt(3) - 1;
      graphics.setColor(new Color(PALETTE[Math.floorMod(index + spread, PALETTE.length)]));
      graphics.setStroke(
          new BasicStroke(
              2 + 2 * (float) random.nextDouble(), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      Path2D path = new Path2D.Double();
      path.moveTo(x, y);
      for (int step = 0; step < 6; step++) {
        double direction = whirl(x, y) + Math.PI / 2;
        x += 3 * Math.cos(direction);
        y += 3 * Math.sin(direction);
        path.lineTo(x, y);
      }
      graphics.draw(path);
    }
    graphics.dispose();
    ImageFiles.write(picture, out);
  }

  /** The angle around the nearest of the centres of whirls, which lie 96 pixels apart. */
  private static double whirl(double x, double y) {
    double row = Math.floor(y / 96);
    double shift = 48 * (row % 2);
    double fromX = x - (Math.floor((x - shift) / 96) * 96 + 48 + shift);
    double fromY = y - (row * 96 + 48);
    return Math.atan2(fromY, fromX) + Math.hypot(fromX, fromY) / 40;
  }

  @Command(
      description =
          "Puts crops side by side, a row for each: bicubic enlargement of the reduced image, what"
              + " models make of it, and the original; at scale 1 the original and what models"
              + " make of it.")
  @SuppressWarnings("unused") // by picocli
  private void sheet(
      @Option(names = "--out", required = true, description = "The sheet.") Path out,
      @Option(names = "--image", required = true, description = "The original.") Path image,
      @Option(names = "--scale", defaultValue = "4", description = "That of the models.") int scale,
      @Option(names = "--enlarge", defaultValue = "3", description = "Pixels for each one.")
          int enlarge,
      @Option(names = "--crop", required = true, description = "X,Y,WIDTH,HEIGHT; repeatable.")
          List<String> crops,
      @Parameters(description = "The models, ONNX files.") List<Path> models)
      throws IOException {
    FloatImage original = AwtImages.toFloat(ImageFiles.read(image)).modCrop(scale);
    FloatImage reduced =
        Resampling.bicubic(original, original.width() / scale, original.height() / scale);
    List<BufferedImage> columns = new ArrayList<>();
    if (scale > 1) {
      columns.add(buffered(Resampling.bicubic(reduced, original.width(), original.height())));
    } else {
      columns.add(buffered(original));
    }
    for (Path model : models) {
      try (Upscaler upscaler = Upscaler.builder().model(Model.file(model)).scale(scale).build()) {
        columns.add(upscaler.upscale(buffered(reduced)));
      }
    }
    if (scale > 1) {
      columns.add(buffered(original));
    }
    ImageFiles.write(sheet(columns, crops, enlarge), out);
  }

  private static BufferedImage buffered(FloatImage image) {
    BufferedImage like = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR);
    return AwtImages.toBuffered(image, null, like);
  }

  private static BufferedImage sheet(List<BufferedImage> columns, List<String> crops, int enlarge) {
    List<int[]> boxes =
        crops.stream()
            .map(crop -> Arrays.stream(crop.split(",")).mapToInt(Integer::parseInt).toArray())
            .toList();
    int width = boxes.stream().mapToInt(box -> box[2] * enlarge).max().orElseThrow();
    int height = boxes.stream().mapToInt(box -> box[3] * enlarge + GAP).sum() - GAP;
    BufferedImage sheet =
        new BufferedImage(
            columns.size() * (width + GAP) - GAP, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, sheet.getWidth(), height);
    int y = 0;
    for (int[] box : boxes) {
      for (int i = 0; i < columns.size(); i++) {
        BufferedImage crop = columns.get(i).getSubimage(box[0], box[1], box[2], box[3]);
        // By default, of the nearest pixel.
        graphics.drawImage(crop, i * (width + GAP), y, box[2] * enlarge, box[3] * enlarge, null);
      }
      y += box[3] * enlarge + GAP;
    }
    graphics.dispose();
    return sheet;
  }

  @Command(description = "Draws columns of the metrics.csv of runs of equal length, over steps.")
  @SuppressWarnings("unused") // by picocli
  private void curves(
      @Option(names = "--out", required = true, description = "The SVG file.") Path out,
      @Option(names = "--metrics", required = true, description = "The file; repeatable.")
          List<Path> metrics,
      @Option(names = "--linear", description = "Draw values, not their logarithms.")
          boolean isLinear,
      @Parameters(description = "Parts of the names of the columns.") List<String> names)
      throws IOException {
    Map<String, double[]> curves = new LinkedHashMap<>();
    String lastStep = "";
    for (Path file : metrics) {
      List<List<String>> rows =
          Files.readAllLines(file).stream().map(PerceptualPictures::cells).toList();
      Path path = file.toAbsolutePath();
      String run = metrics.size() == 1 ? "" : path.getName(path.getNameCount() - 2) + " ";
      for (String name : names) {
        int column = 0;
        while (!rows.get(0).get(column).contains(name)) {
          column++;
        }
        int found = column;
        double[] values =
            rows.stream()
                .skip(1)
                .map(row -> row.get(found))
                .filter(cell -> !cell.isEmpty())
                .mapToDouble(Double::parseDouble)
                .toArray();
        curves.put(
            run + name,
            Arrays.stream(means(values))
                .map(value -> isLinear ? value : Math.log10(value))
                .toArray());
      }
      lastStep = rows.get(rows.size() - 1).get(0);
    }
    Files.writeString(out, svg(curves, isLinear ? "" : "1e", lastStep));
  }

  /** Splits a row at the commas outside of quotes. */
  private static List<String> cells(String line) {
    return Splitter.on(OUTER_COMMA).splitToList(line);
  }

  private static String svg(Map<String, double[]> curves, String unit, String lastStep) {
    int width = 640;
    int height = 320;
    double bottom =
        Math.floor(curves.values().stream().flatMapToDouble(Arrays::stream).min().orElseThrow());
    double top =
        Math.ceil(curves.values().stream().flatMapToDouble(Arrays::stream).max().orElseThrow());
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n",
            width + 70,
            height + 40,
            width + 70,
            height + 40));
    for (int tick = (int) bottom; tick <= top; tick++) {
      double y = 10 + height * (top - tick) / (top - bottom);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"50\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ccc\"/>"
                  + "<text x=\"45\" y=\"%.1f\" text-anchor=\"end\">%s%d</text>%n",
              width + 50,
              y,
              y,
              y + 4,
              unit,
              tick));
    }
    int drawn = 0;
    for (Map.Entry<String, double[]> curve : curves.entrySet()) {
      double[] values = curve.getValue();
      StringBuilder points = new StringBuilder();
      for (int k = 0; k < values.length; k++) {
        double x = 50 + width * (k + 0.5) / values.length;
        double y = 10 + height * (top - values[k]) / (top - bottom);
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      }
      String color = CURVES[drawn % CURVES.length];
      svg.append(
          String.format(
              Locale.ROOT,
              "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>%n"
                  + "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n",
              color,
              points.toString().strip(),
              60 + 120 * drawn,
              height + 32,
              color,
              curve.getKey()));
      drawn++;
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">step %s</text>%n</svg>%n",
            width + 50,
            height + 32,
            lastStep));
    return svg.toString();
  }

  private static double[] means(double[] values) {
    int count = Math.min(values.length, MAX_POINTS);
    double[] means = new double[count];
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) i * values.length / count);
      int to = (int) ((i + 1L) * values.length / count);
      means[i] = Arrays.stream(values, from, to).average().orElseThrow();
    }
    return means;
  }
}
