// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.sr4j.ImageFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A film as ffprobe describes it: the video stream to enlarge, and the streams beside it.
 *
 * @param file the file
 * @param index the number of the video stream in the file
 * @param codec of the video stream
 * @param pixelFormat of its frames, by FFmpeg's name
 * @param tags the meaning of its numbers
 * @param timeBase the unit of its time stamps
 * @param frameRate the mean number of frames in a second; unknown if it is not told
 * @param frames how many there are about, if it is told
 * @param start the time of its first frame in seconds
 * @param isInterlaced whether frames hold two fields
 * @param orientation how it is to be turned to be looked at
 * @param hdr metadata of high dynamic range
 * @param hasAlphaBeside whether alpha is beside the frames, as VP8 and VP9 have it
 * @param dispositions of the video stream, joined by plus signs; 0 for none
 * @param notes what of it cannot be kept, as clauses
 * @param others the other streams in their order
 */
public record SourceFilm(
    Path file,
    int index,
    String codec,
    String pixelFormat,
    ColorTags tags,
    Ratio timeBase,
    Ratio frameRate,
    OptionalLong frames,
    double start,
    boolean isInterlaced,
    Orientation orientation,
    HdrMetadata hdr,
    boolean hasAlphaBeside,
    String dispositions,
    List<String> notes,
    List<Stream> others) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A stream beside the video stream to enlarge.
   *
   * @param index its number in the file
   * @param type such as {@code audio}
   * @param codec by FFmpeg's name
   */
  public record Stream(int index, String type, String codec) {}

  /**
   * How a film is to be turned to be looked at, which its container says.
   *
   * @param degrees anticlockwise
   * @param isMirrored whether it is mirrored, left and right, before it is turned
   */
  public record Orientation(double degrees, boolean isMirrored) {

    /** As it is. */
    public static final Orientation UPRIGHT = new Orientation(0, false);
  }

  /** Copies the lists. */
  public SourceFilm {
    notes = List.copyOf(notes);
    others = List.copyOf(others);
  }

  /**
   * Reads the description of a film.
   *
   * @throws ImageFormatException if it has no video stream
   * @throws IOException if FFmpeg cannot read it
   */
  public static SourceFilm probe(Ffmpeg ffmpeg, Path file) throws IOException {
    String task = file + ": reading it";
    String name = inputName(file);
    JsonNode film =
        json(ffmpeg.probe(List.of("-of", "json", "-show_streams", "-i", name), task), task);
    JsonNode video = MissingNode.getInstance();
    List<Stream> others = new ArrayList<>();
    for (JsonNode stream : film.path("streams")) {
      String type = stream.path("codec_type").asText("unknown");
      boolean isPicture = stream.path("disposition").path("attached_pic").asInt() == 1;
      if (video.isMissingNode() && type.equals("video") && !isPicture) {
        video = stream;
      } else {
        others.add(
            new Stream(stream.path("index").asInt(), type, stream.path("codec_name").asText("")));
      }
    }
    if (video.isMissingNode()) {
      throw new ImageFormatException(file + ": there is no video stream in it", null);
    }
    int index = video.path("index").asInt();
    JsonNode frame =
        json(
                ffmpeg.probe(
                    List.of(
                        "-of",
                        "json",
                        "-select_streams",
                        Integer.toString(index),
                        "-show_frames",
                        "-read_intervals",
                        "%+#1",
                        "-i",
                        name),
                    task),
                task)
            .path("frames")
            .path(0);
    return of(file, index, video, frame, others);
  }

  /** Returns the name by which FFmpeg reads a file, whatever characters are in it. */
  public static String inputName(Path file) {
    return "file:" + file;
  }

  private static JsonNode json(String text, String task) throws IOException {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IOException(task + " failed: ffprobe has not printed JSON", e);
    }
  }

  static SourceFilm of(Path file, int index, JsonNode video, JsonNode frame, List<Stream> others) {
    String pixelFormat = text(frame, "pix_fmt", text(video, "pix_fmt", ""));
    ColorTags tags =
        new ColorTags(
            tag(video, frame, "color_range"),
            tag(video, frame, "color_space"),
            tag(video, frame, "color_primaries"),
            tag(video, frame, "color_transfer"),
            tag(video, frame, "chroma_location"));
    String fields = text(video, "field_order", "progressive");
    boolean isInterlaced =
        frame.path("interlaced_frame").asInt() == 1
            || !(fields.equals("progressive") || fields.equals("unknown"));
    JsonNode sideData = video.path("side_data_list");
    JsonNode frameData = frame.path("side_data_list");
    String codec = video.path("codec_name").asText("");
    boolean hasAlphaBeside =
        (codec.equals("vp8") || codec.equals("vp9")) && hasAlphaMode(video.path("tags"));
    return new SourceFilm(
        file,
        index,
        codec,
        pixelFormat,
        tags,
        Ratio.parse(text(video, "time_base", "")),
        frameRate(video),
        frames(video),
        video.path("start_time").asDouble(0),
        isInterlaced,
        orientation(sideData),
        HdrMetadata.of(sideData).or(HdrMetadata.of(frameData)),
        hasAlphaBeside,
        dispositions(video.path("disposition")),
        notes(sideData, frameData),
        others);
  }

  private static boolean hasAlphaMode(JsonNode tags) {
    return tags.path("alpha_mode").asInt() == 1 || tags.path("ALPHA_MODE").asInt() == 1;
  }

  private static String text(JsonNode node, String name, String otherwise) {
    return node.path(name).asText(otherwise);
  }

  /** Returns a tag of the stream, or of its first frame; empty if it says nothing. */
  private static String tag(JsonNode video, JsonNode frame, String name) {
    for (JsonNode node : List.of(video, frame)) {
      String value = text(node, name, "");
      if (!value.isEmpty() && !value.equals("unknown") && !value.equals("unspecified")) {
        return value;
      }
    }
    return "";
  }

  private static Ratio frameRate(JsonNode video) {
    Ratio mean = Ratio.parse(text(video, "avg_frame_rate", ""));
    return mean.isKnown() ? mean : Ratio.parse(text(video, "r_frame_rate", ""));
  }

  private static OptionalLong frames(JsonNode video) {
    long told = video.path("nb_frames").asLong(0);
    if (told > 0) {
      return OptionalLong.of(told);
    }
    double seconds = video.path("duration").asDouble(0);
    if (seconds <= 0) {
      seconds = seconds(text(video.path("tags"), "DURATION", ""));
    }
    Ratio rate = frameRate(video);
    return seconds > 0 && rate.isKnown()
        ? OptionalLong.of(Math.round(seconds * rate.toDouble()))
        : OptionalLong.empty();
  }

  /** Returns the seconds of a text such as {@code 00:01:02.500000000}; 0 for any other. */
  private static double seconds(String text) {
    if (!text.matches("\\d+:\\d\\d:\\d\\d(\\.\\d+)?")) {
      return 0;
    }
    String[] parts = text.split(":", -1);
    return Integer.parseInt(parts[0]) * 3600
        + Integer.parseInt(parts[1]) * 60
        + Double.parseDouble(parts[2]);
  }

  private static Orientation orientation(JsonNode sideData) {
    for (JsonNode each : sideData) {
      if (each.has("rotation")) {
        // Three rows of three numbers, each row after its address; the first two turn the film.
        String[] numbers =
            text(each, "displaymatrix", "").replaceAll("\\d{8}:", " ").strip().split("\\s+", -1);
        boolean isMirrored =
            numbers.length >= 5
                && number(numbers[0]) * number(numbers[4]) - number(numbers[1]) * number(numbers[3])
                    < 0;
        return new Orientation(each.path("rotation").asDouble(), isMirrored);
      }
    }
    return Orientation.UPRIGHT;
  }

  private static double number(String text) {
    return text.matches("-?\\d{1,10}") ? Double.parseDouble(text) : 0;
  }

  private static String dispositions(JsonNode disposition) {
    List<String> names = new ArrayList<>();
    disposition
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().asInt() == 1) {
                names.add(entry.getKey());
              }
            });
    return names.isEmpty() ? "0" : String.join("+", names);
  }

  private static List<String> notes(JsonNode sideData, JsonNode frameData) {
    List<String> notes = new ArrayList<>();
    for (JsonNode list : List.of(sideData, frameData)) {
      for (JsonNode each : list) {
        String type = text(each, "side_data_type", "");
        boolean isDynamic =
            type.startsWith("DOVI")
                || type.startsWith("Dolby Vision")
                || type.contains("SMPTE2094-40")
                || type.contains("HDR10+");
        if (isDynamic) {
          notes.add("its dynamic metadata are left out: " + type);
        }
      }
    }
    return notes.stream().distinct().toList();
  }
}
