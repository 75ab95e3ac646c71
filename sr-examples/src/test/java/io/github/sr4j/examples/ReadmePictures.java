// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Resampling;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Draws the pictures of the README: {@code sample.png}, a landscape with thin lines, curves,
 * letters and textures, small as a thumbnail; and {@code before-after.png}, a part of it enlarged
 * bicubically and by the embedded model for x4.
 *
 * <p>Argument: the folder to write to, {@code docs/images}. What is there was then made smaller by
 * a tool that changes no pixel.
 */
final class ReadmePictures {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 192;
  private static final int SUPERSAMPLING = 6;

  private static final int SCALE = 4;
  private static final int CROP_X = 60; // in pixels of the sample
  private static final int CROP_Y = 78;
  private static final int CROP_WIDTH = 80;
  private static final int CROP_HEIGHT = 64;
  private static final int GAP = 8;

  private ReadmePictures() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    BufferedImage sample = sample();
    ImageFiles.write(sample, folder.resolve("sample.png"));
    ImageFiles.write(
        beforeAfter(sample.getSubimage(CROP_X, CROP_Y, CROP_WIDTH, CROP_HEIGHT)),
        folder.resolve("before-after.png"));
  }

  private static BufferedImage beforeAfter(BufferedImage small) {
    int width = SCALE * CROP_WIDTH;
    int height = SCALE * CROP_HEIGHT;
    BufferedImage bicubic =
        AwtImages.toBuffered(
            Resampling.bicubic(AwtImages.toFloat(small), width, height), null, small);
    BufferedImage picture =
        new BufferedImage(2 * width + GAP, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D g = picture.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, picture.getWidth(), height);
    g.drawImage(bicubic, 0, 0, null);
    try (Upscaler upscaler = Upscaler.builder().scale(SCALE).device(Device.cpu()).build()) {
      g.drawImage(upscaler.upscale(small), width + GAP, 0, null);
    }
    g.dispose();
    return picture;
  }

  /** Draws the scene large and shrinks it, as a camera would. */
  private static BufferedImage sample() {
    BufferedImage large =
        new BufferedImage(
            WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D g = large.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.scale(SUPERSAMPLING, SUPERSAMPLING); // from here on in pixels of the sample
    SplittableRandom random = new SplittableRandom(4);
    sky(g);
    hills(g, random);
    water(g, random);
    mill(g);
    tree(g, 214, 158, -Math.PI / 2, 22, 3.2f, random);
    sign(g);
    reeds(g, random);
    g.dispose();
    FloatImage shrunk = Resampling.bicubic(AwtImages.toFloat(large), WIDTH, HEIGHT);
    return AwtImages.toBuffered(shrunk, null, large);
  }

  private static void sky(Graphics2D g) {
    g.setPaint(new GradientPaint(0, 0, new Color(92, 138, 190), 0, 110, new Color(238, 214, 184)));
    g.fill(new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
    g.setColor(new Color(255, 244, 214));
    g.fill(new Ellipse2D.Double(176, 26, 22, 22));
    g.setStroke(new BasicStroke(0.8f));
    g.setColor(new Color(70, 90, 120));
    for (int i = 0; i < 5; i++) { // birds
      double x = 128 + 13 * i;
      double y = 26 + 5 * (i % 3);
      Path2D bird = new Path2D.Double();
      bird.moveTo(x, y);
      bird.quadTo(x + 2.5, y - 3, x + 5, y);
      bird.quadTo(x + 7.5, y - 3, x + 10, y);
      g.draw(bird);
    }
  }

  private static void hills(Graphics2D g, SplittableRandom random) {
    Color[] colors = {new Color(138, 150, 172), new Color(98, 124, 118), new Color(72, 100, 66)};
    for (int layer = 0; layer < colors.length; layer++) {
      double base = 92 + 15 * layer;
      double phase = 7 * random.nextDouble();
      Path2D hill = new Path2D.Double();
      hill.moveTo(0, HEIGHT);
      for (double x = 0; x <= WIDTH; x += 0.5) {
        double y =
            base
                + 9 * Math.sin(x / 34 + phase)
                + 4 * Math.sin(x / 11 - 2 * phase)
                + 0.8 * random.nextDouble();
        hill.lineTo(x, y);
      }
      hill.lineTo(WIDTH, HEIGHT);
      g.setColor(colors[layer]);
      g.fill(hill);
    }
  }

  private static void water(Graphics2D g, SplittableRandom random) {
    g.setPaint(
        new GradientPaint(0, 150, new Color(150, 160, 164), 0, HEIGHT, new Color(52, 76, 98)));
    g.fill(new Rectangle2D.Double(0, 150, WIDTH, HEIGHT - 150));
    for (int i = 0; i < 420; i++) { // ripples, longer the nearer
      double depth = random.nextDouble();
      double y = 151 + 41 * depth * depth;
      double x = WIDTH * random.nextDouble();
      double length = 2 + 12 * depth * random.nextDouble();
      int light = 120 + random.nextInt(110);
      g.setColor(new Color(light, light, light, 110));
      g.setStroke(new BasicStroke((float) (0.3 + 0.6 * depth)));
      g.draw(new Line2D.Double(x, y, x + length, y));
    }
  }

  private static void mill(Graphics2D g) {
    g.setColor(new Color(196, 178, 150));
    Path2D tower = new Path2D.Double();
    tower.moveTo(56, 156);
    tower.lineTo(62, 92);
    tower.lineTo(84, 92);
    tower.lineTo(90, 156);
    tower.closePath();
    g.fill(tower);
    g.setStroke(new BasicStroke(0.5f));
    g.setColor(new Color(128, 104, 84));
    g.setClip(tower);
    for (int row = 0; row < 16; row++) { // bricks
      double y = 92 + 4 * row;
      g.draw(new Line2D.Double(54, y, 92, y));
      for (double x = 54 + 4 * (row % 2); x < 92; x += 8) {
        g.draw(new Line2D.Double(x, y, x, y + 4));
      }
    }
    g.setClip(null);
    g.setColor(new Color(92, 52, 44));
    Path2D roof = new Path2D.Double();
    roof.moveTo(59, 93);
    roof.quadTo(73, 66, 87, 93);
    roof.closePath();
    g.fill(roof);
    g.setColor(new Color(54, 44, 44));
    g.fill(new Rectangle2D.Double(69, 108, 8, 11));
    g.fill(new Rectangle2D.Double(68, 138, 11, 18));
    for (int i = 0; i < 4; i++) {
      sail(g, Math.toRadians(24 + 90 * i));
    }
  }

  private static void sail(Graphics2D g, double angle) {
    Graphics2D turned = (Graphics2D) g.create();
    turned.translate(73, 88);
    turned.rotate(angle);
    turned.setColor(new Color(70, 50, 40));
    turned.setStroke(new BasicStroke(1.1f));
    turned.draw(new Line2D.Double(0, 0, 40, 0));
    turned.setColor(new Color(248, 240, 226));
    turned.setStroke(new BasicStroke(0.6f));
    turned.draw(new Rectangle2D.Double(8, 1, 32, 8));
    for (double x = 11; x < 40; x += 3) {
      turned.draw(new Line2D.Double(x, 1, x, 9));
    }
    turned.draw(new Line2D.Double(8, 5, 40, 5));
    turned.dispose();
  }

  private static void tree(
      Graphics2D g,
      double x,
      double y,
      double angle,
      double length,
      float width,
      SplittableRandom random) {
    double endX = x + length * Math.cos(angle);
    double endY = y + length * Math.sin(angle);
    g.setColor(new Color(58, 44, 36));
    g.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(new Line2D.Double(x, y, endX, endY));
    if (length < 3.2) {
      g.setColor(new Color(96 + random.nextInt(90), 110 + random.nextInt(40), 40));
      double size = 0.9 + 1.2 * random.nextDouble();
      g.fill(new Ellipse2D.Double(endX - size / 2, endY - size / 2, size, size));
      return;
    }
    for (int side = -1; side <= 1; side++) {
      double turn = 0.48 * side + 0.3 * (random.nextDouble() - 0.5);
      tree(
          g,
          endX,
          endY,
          angle + turn,
          length * (0.62 + 0.16 * random.nextDouble()),
          width * 0.62f,
          random);
    }
  }

  private static void sign(Graphics2D g) {
    g.setColor(new Color(84, 62, 46));
    g.fill(new Rectangle2D.Double(101, 128, 2, 32));
    g.fill(new Rectangle2D.Double(147, 128, 2, 32));
    g.setColor(new Color(244, 238, 220));
    g.fill(new Rectangle2D.Double(94, 116, 62, 27));
    g.setColor(new Color(84, 62, 46));
    g.setStroke(new BasicStroke(0.8f));
    g.draw(new Rectangle2D.Double(95.5, 117.5, 59, 24));
    g.setColor(new Color(32, 40, 56));
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 1).deriveFont(12f));
    g.drawString("SR4J", 108, 129);
    g.setFont(new Font(Font.SERIF, Font.ITALIC, 1).deriveFont(7.6f));
    g.drawString("Windmill Lake", 100, 138.5f);
  }

  private static void reeds(Graphics2D g, SplittableRandom random) {
    for (int i = 0; i < 46; i++) {
      double x = 170 + 86 * random.nextDouble();
      double height = 10 + 18 * random.nextDouble();
      double lean = 8 * (random.nextDouble() - 0.5);
      Path2D reed = new Path2D.Double();
      reed.moveTo(x, HEIGHT);
      reed.quadTo(x, HEIGHT - height / 2, x + lean, HEIGHT - height);
      g.setColor(new Color(60 + random.nextInt(70), 84 + random.nextInt(60), 44));
      g.setStroke(new BasicStroke(0.7f));
      g.draw(reed);
    }
  }
}
