// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.pixels.PixelFormat;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An encoder of FFmpeg with its options.
 *
 * @param name by which FFmpeg knows it
 * @param options of the output, from the pixel format on
 * @param tags the meaning of the numbers that are encoded
 * @param description what it is and why, for people
 * @param notes what cannot be kept, as clauses
 */
public record Encoder(
    String name, List<String> options, ColorTags tags, String description, List<String> notes) {

  /** The containers that films are written in. */
  public static final Set<String> CONTAINERS = Set.of("mkv", "mp4", "m4v", "mov", "webm");

  /** In place of a container, for a folder of images. */
  public static final String IMAGES = "png";

  private static final ImmutableMap<String, Family> FAMILIES =
      ImmutableMap.<String, Family>builder()
          .put("libx264", new Family("H.264", "-crf", 18, "medium", true))
          .put("libx265", new Family("HEVC", "-crf", 20, "medium", true))
          .put("libsvtav1", new Family("AV1", "-crf", 24, "8", true))
          .put("libaom-av1", new Family("AV1", "-crf", 24, "6", false))
          .put("libvpx-vp9", new Family("VP9", "-crf", 24, "3", false))
          .put("prores_ks", new Family("ProRes", "-qscale:v", 9, "", false))
          .put("ffv1", new Family("FFV1, lossless", "", 0, "", false))
          .put("png", new Family("PNG, lossless", "", 0, "", false))
          .buildOrThrow();

  /**
   * Encoders with similar options.
   *
   * @param codec what they make
   * @param qualityOption the option that sets the quality; empty if there is none
   * @param quality by default
   * @param preset by default; empty if there is none
   * @param isEven whether sides must be even where chroma has half as many samples
   */
  private record Family(
      String codec, String qualityOption, double quality, String preset, boolean isEven) {}

  /** Copies the lists. */
  public Encoder {
    options = List.copyOf(options);
    notes = List.copyOf(notes);
  }

  /**
   * Chooses an encoder: the first that the container and the frames are for and FFmpeg has.
   *
   * @throws ImageFormatException if there is none, or the one that is asked for cannot encode them
   */
  public static Encoder choose(Ffmpeg ffmpeg, EncoderRequest request) throws IOException {
    Set<String> all = names(ffmpeg);
    boolean isOfImages = request.container().equals(IMAGES);
    if (isOfImages && !request.codec().orElse(IMAGES).equals(IMAGES)) {
      throw new ImageFormatException(
          "images are written as png, but the codec is " + request.codec().get(), null);
    }
    if (request.codec().isPresent()) {
      String name = request.codec().get();
      if (!all.contains(name)) {
        throw new ImageFormatException(
            String.format(
                "this FFmpeg has no encoder for video named %s; ffmpeg -encoders lists those that"
                    + " it has",
                name),
            null);
      }
      return asked(ffmpeg, request, name);
    }
    List<String> missing = new ArrayList<>();
    for (String name : candidates(request)) {
      Optional<String> format =
          all.contains(name) ? pixelFormat(ffmpeg, request, name) : Optional.empty();
      if (format.isPresent()) {
        return of(request, name, format.get(), why(request, missing));
      }
      missing.add(name + (all.contains(name) ? " cannot encode them" : " is not there"));
    }
    throw new ImageFormatException(
        String.format(
            Locale.ROOT,
            "no encoder for frames of %dx%d (width x height) in %s to .%s: %s; name one with its"
                + " codec, leave alpha out, or write .mkv, for which FFV1 is always there",
            request.width(),
            request.height(),
            request.pixels(),
            request.container(),
            missing.isEmpty() ? "none keeps alpha" : String.join(", ", missing)),
        null);
  }

  private static Encoder asked(Ffmpeg ffmpeg, EncoderRequest request, String name)
      throws IOException {
    Family family = FAMILIES.get(name);
    if (family != null && family.isEven && isOddForChroma(request)) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s encodes even sides only where chroma has half as many samples, but the result has"
                  + " %dx%d (width x height); libvpx-vp9 and ffv1 take any",
              name,
              request.width(),
              request.height()),
          null);
    }
    Optional<String> own = pixelFormat(ffmpeg, request, name);
    Encoder encoder = of(request, name, own.orElse(""), "as asked for");
    if (own.isPresent()) {
      return encoder;
    }
    List<String> notes = new ArrayList<>(encoder.notes);
    notes.add(
        name + " does not take " + request.pixels() + ": FFmpeg converts to what it takes instead");
    return new Encoder(name, encoder.options, encoder.tags, encoder.description, notes);
  }

  private static List<String> candidates(EncoderRequest request) {
    boolean isMatroska = request.container().equals("mkv");
    boolean isQuickTime = request.container().equals("mov");
    List<String> names = new ArrayList<>();
    if (request.container().equals(IMAGES)) {
      return List.of("png");
    }
    if (request.pixels().hasAlpha()) {
      if (isMatroska) {
        names.add("ffv1");
      }
      if (isMatroska || isQuickTime) {
        names.add("prores_ks");
      }
      return names;
    }
    if (request.container().equals("webm")) {
      return List.of("libvpx-vp9", "libaom-av1", "libsvtav1");
    }
    boolean isDeep = request.pixels().depth() > 8;
    names.addAll(
        isDeep
            ? List.of("libx265", "libsvtav1", "libaom-av1", "libvpx-vp9", "libx264")
            : List.of("libx264", "libx265", "libsvtav1", "libaom-av1", "libvpx-vp9"));
    if (isQuickTime) {
      names.add("prores_ks");
    } else if (isMatroska) {
      names.add("ffv1");
    }
    if (isOddForChroma(request)) {
      names.removeIf(
          name -> {
            Family family = FAMILIES.get(name);
            return family != null && family.isEven;
          });
    }
    return names;
  }

  private static boolean isOddForChroma(EncoderRequest request) {
    PixelFormat pixels = request.pixels();
    boolean isRgb = pixels.kind() == PixelFormat.Kind.RGB; // which becomes 4:2:0
    return ((isRgb || pixels.chromaShiftX() > 0) && request.width() % 2 != 0)
        || ((isRgb || pixels.chromaShiftY() > 0) && request.height() % 2 != 0);
  }

  private static String why(EncoderRequest request, List<String> missing) {
    String frames =
        String.format(
            Locale.ROOT, "for frames in %s to .%s", request.pixels(), request.container());
    return missing.isEmpty() ? frames : frames + "; " + String.join(", ", missing);
  }

  private static Set<String> names(Ffmpeg ffmpeg) throws IOException {
    Set<String> names = new TreeSet<>();
    ffmpeg
        .print(List.of("-v", "error", "-encoders"), "ffmpeg: listing its encoders")
        .lines()
        .map(line -> Splitter.on(' ').omitEmptyStrings().limit(3).splitToList(line))
        .filter(words -> words.size() == 3 && words.get(0).matches("V[A-Z.]{5}"))
        .forEach(words -> names.add(words.get(1)));
    return names;
  }

  /** Returns the format in which an encoder takes the frames as they are, or as few others do. */
  private static Optional<String> pixelFormat(Ffmpeg ffmpeg, EncoderRequest request, String name)
      throws IOException {
    List<String> taken = new ArrayList<>();
    for (String line :
        ffmpeg
            .print(List.of("-v", "error", "-h", "encoder=" + name), name + ": listing its formats")
            .lines()
            .toList()) {
      int at = line.indexOf("Supported pixel formats:");
      if (at >= 0) {
        taken.addAll(
            Splitter.on(' ')
                .omitEmptyStrings()
                .splitToList(line.substring(line.indexOf(':', at) + 1)));
      }
    }
    PixelFormat pixels = request.pixels();
    String own = pixels.name().replace("yuvj", "yuv"); // whose range is a tag
    if (name.equals("ffv1") && pixels.kind() == PixelFormat.Kind.RGB && pixels.depth() == 8) {
      own = pixels.hasAlpha() ? "bgra" : "bgr0"; // the same samples in another order
    } else if (name.equals("png")) {
      own = packed(pixels);
    } else if (pixels.kind() == PixelFormat.Kind.RGB && !name.equals("ffv1")) {
      own = yuv(pixels);
    }
    return taken.isEmpty() || taken.contains(own) ? Optional.of(own) : Optional.empty();
  }

  private static String yuv(PixelFormat pixels) {
    if (pixels.hasAlpha()) {
      return "yuva444p10le";
    }
    return pixels.depth() > 8 ? "yuv420p10le" : "yuv420p";
  }

  /** Returns the format of PNG that holds the colours of a format. */
  private static String packed(PixelFormat pixels) {
    boolean isDeep = pixels.depth() > 8;
    if (pixels.kind() == PixelFormat.Kind.GRAY) {
      return isDeep ? "gray16be" : "gray";
    }
    if (pixels.hasAlpha()) {
      return isDeep ? "rgba64be" : "rgba";
    }
    return isDeep ? "rgb48be" : "rgb24";
  }

  private static Encoder of(EncoderRequest request, String name, String format, String why) {
    Family family = FAMILIES.get(name);
    boolean becomesYuv =
        request.pixels().kind() == PixelFormat.Kind.RGB && format.startsWith("yuv");
    boolean becomesRgb = request.pixels().kind() == PixelFormat.Kind.YUV && name.equals("png");
    ColorTags tags = request.tags();
    if (becomesYuv) {
      tags = new ColorTags("tv", "bt709", "bt709", "iec61966-2-1", "left");
    } else if (becomesRgb) {
      tags = new ColorTags("pc", "gbr", tags.primaries(), tags.transfer(), "");
    }
    List<String> options = new ArrayList<>(List.of("-c:v", name));
    if (!format.isEmpty()) {
      options.addAll(List.of("-pix_fmt", format));
    }
    if (becomesYuv) {
      options.addAll(List.of("-vf", "scale=flags=bicubic:out_color_matrix=bt709:out_range=tv"));
    }
    if (becomesRgb) { // by the matrix and the range of the frames' own tags
      options.addAll(
          List.of("-vf", "scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"));
    }
    options.addAll(tags.options());
    StringBuilder description = new StringBuilder(name);
    if (family != null) {
      description.append(" (").append(family.codec).append(')');
    }
    addQuality(request, family, options, description);
    addPreset(request, name, family, options, description);
    List<String> notes = new ArrayList<>();
    addOwn(request, name, format, options, notes);
    options.addAll(request.arguments());
    description.append(", ").append(why);
    return new Encoder(name, options, tags, description.toString(), notes);
  }

  private static void addQuality(
      EncoderRequest request,
      @Nullable Family family,
      List<String> options,
      StringBuilder description) {
    String option = family == null ? "-q:v" : family.qualityOption;
    boolean isDefault = family != null && !option.isEmpty();
    if (request.quality().isPresent() || isDefault) {
      if (option.isEmpty()) {
        throw new ImageFormatException(
            family == null ? "" : family.codec + ", has no quality to set", null);
      }
      double quality = request.quality().orElse(family == null ? 0 : family.quality);
      String text = new BigDecimal(Double.toString(quality)).stripTrailingZeros().toPlainString();
      options.addAll(List.of(option, text));
      description.append(", ").append(option.substring(1)).append(' ').append(text);
    }
  }

  private static void addPreset(
      EncoderRequest request,
      String name,
      @Nullable Family family,
      List<String> options,
      StringBuilder description) {
    String preset = request.preset().orElse(family == null ? "" : family.preset);
    if (!preset.isEmpty()) {
      boolean isSpeed = name.equals("libaom-av1") || name.equals("libvpx-vp9");
      options.addAll(List.of(isSpeed ? "-cpu-used" : "-preset", preset));
      description.append(isSpeed ? ", cpu-used " : ", preset ").append(preset);
    }
  }

  /** Adds the options that an encoder needs, and how it keeps metadata. */
  private static void addOwn(
      EncoderRequest request,
      String name,
      String format,
      List<String> options,
      List<String> notes) {
    HdrMetadata hdr = request.hdr();
    switch (name) {
      case "libx264" -> addParameters("-x264-params", "mastering-display", "cll", "", hdr, options);
      case "libx265" ->
          addParameters(
              "-x265-params", "master-display", "max-cll", "log-level=error", hdr, options);
      case "libsvtav1" -> {
        List<String> parameters = new ArrayList<>();
        hdr.display().ifPresent(d -> parameters.add("mastering-display=" + d.inNumbers()));
        hdr.lightLevels().ifPresent(levels -> parameters.add("content-light=" + levels));
        if (!parameters.isEmpty()) {
          options.addAll(List.of("-svtav1-params", String.join(":", parameters)));
        }
      }
      case "libvpx-vp9" -> {
        options.addAll(List.of("-b:v", "0", "-deadline", "good", "-row-mt", "1"));
        noteLost(name, hdr, notes);
      }
      case "libaom-av1" -> {
        options.addAll(List.of("-b:v", "0", "-row-mt", "1"));
        noteLost(name, hdr, notes);
      }
      case "prores_ks" -> {
        options.addAll(List.of("-profile:v", format.contains("444") ? "4" : "3"));
        noteLost(name, hdr, notes);
      }
      case "ffv1" -> {
        options.addAll(List.of("-level", "3", "-g", "1", "-slicecrc", "1"));
        noteLost(name, hdr, notes);
      }
      case "png" -> {
        options.addAll(List.of("-pred", "mixed"));
        noteLost(name, hdr, notes);
      }
      default -> noteLost(name, hdr, notes);
    }
  }

  private static void addParameters(
      String option,
      String display,
      String lightLevels,
      String first,
      HdrMetadata hdr,
      List<String> options) {
    List<String> parameters = new ArrayList<>();
    if (!first.isEmpty()) {
      parameters.add(first);
    }
    hdr.display().ifPresent(d -> parameters.add(display + "=" + d.inUnits()));
    hdr.lightLevels().ifPresent(levels -> parameters.add(lightLevels + "=" + levels));
    if (!parameters.isEmpty()) {
      options.addAll(List.of(option, String.join(":", parameters)));
    }
  }

  private static void noteLost(String name, HdrMetadata hdr, List<String> notes) {
    if (hdr.isPresent()) {
      notes.add(
          "mastering display and light levels are left out: "
              + name
              + " does not write them; libx265 does");
    }
  }
}
