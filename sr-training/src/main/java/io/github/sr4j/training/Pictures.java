// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.imaging.FloatImage;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where images come from: folders, zip files, lists of files; and which two are a pair. */
final class Pictures {

  private static final Pattern HIGH_RES = Pattern.compile("(?i)_HR$");
  private static final Pattern LOW_RES = Pattern.compile("(?i)_LR\\d*$");

  private Pictures() {}

  /**
   * Finds images.
   *
   * @param source a folder, which is searched with the folders in it; a {@code .zip} file,
   *     likewise; or a {@code .txt} file with a path of one of these or of an image on each line,
   *     relative to the list. Empty lines and those that begin with {@code #} are left out
   * @throws IOException if there is no such file or folder, or it holds no images
   */
  static List<Picture> in(Path source) throws IOException {
    if (isList(source)) {
      return listed(source);
    }
    if (hasExtension(source, ".zip") && Files.isRegularFile(source)) {
      return zipped(source);
    }
    ImageFolder folder = ImageFolder.of(source);
    return folder.files().stream()
        .map(file -> (Picture) new PictureFile(folder.nameOf(file), file))
        .toList();
  }

  /** Returns whether a source is a list of files. */
  static boolean isList(Path source) {
    return hasExtension(source, ".txt") && Files.isRegularFile(source);
  }

  /** Returns a name without its extension. */
  static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
  }

  private static boolean hasExtension(Path file, String extension) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(extension);
  }

  private static List<Picture> listed(Path list) throws IOException {
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    for (String line : Files.readAllLines(list)) {
      String name = line.strip();
      if (name.isEmpty() || name.startsWith("#")) {
        continue;
      }
      Path file = list.resolveSibling(name);
      if (Files.isDirectory(file) || hasExtension(file, ".zip")) {
        in(file).forEach(p -> pictures.add(new Renamed(name + "/" + p.name(), p)));
      } else if (Files.exists(file)) {
        pictures.add(new PictureFile(name, file));
      } else {
        throw new NoSuchFileException(file.toString(), null, "no such file, which is in " + list);
      }
    }
    List<Picture> all = pictures.build();
    if (all.isEmpty()) {
      throw new IOException(list + ": expected the path of an image on each line, but has none");
    }
    return all;
  }

  private static List<Picture> zipped(Path zip) throws IOException {
    try (FileSystem files = open(zip)) {
      Path root = files.getPath("/");
      return ImageFolder.imagesBelow(root, zip.toString()).stream()
          .map(file -> (Picture) new ZipEntry(root.relativize(file).toString(), zip))
          .toList();
    }
  }

  private static FileSystem open(Path zip) throws IOException {
    try {
      return FileSystems.newFileSystem(zip, (ClassLoader) null);
    } catch (ProviderNotFoundException | IOException e) {
      if (!Files.exists(zip)) {
        throw new NoSuchFileException(zip.toString());
      }
      throw new IOException(zip + ": cannot be opened as a zip file: " + e.getMessage(), e);
    }
  }

  private record PictureFile(String name, Path file) implements Picture {
    @Override
    public FloatImage read() throws IOException {
      return ImageFolder.read(file);
    }
  }

  /**
   * The zip file is opened for each image: it takes a thousandth of the time of decoding one, and
   * nobody has to close it.
   */
  private record ZipEntry(String name, Path zip) implements Picture {
    @Override
    public FloatImage read() throws IOException {
      try (FileSystem files = open(zip)) {
        return ImageFolder.read(files.getPath("/", name));
      } catch (ImageFormatException e) {
        throw new ImageFormatException(zip + ": " + e.getMessage(), e);
      } catch (SuperResolutionException e) {
        throw new SuperResolutionException(zip + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * An image that is called by its path in a list.
   *
   * @param picture the image
   */
  private record Renamed(String name, Picture picture) implements Picture {
    @Override
    public FloatImage read() throws IOException {
      return picture.read();
    }
  }

  /**
   * An image that is in memory already.
   *
   * @param image in [0, 1]
   */
  record InMemory(String name, FloatImage image) implements Picture {
    @Override
    public FloatImage read() {
      return image;
    }
  }

  /** An image and what it is at each scale, if that is given and not made. */
  record Pair(Picture highRes, List<Picture> lowRes) {}

  /**
   * Finds the low-resolution image of each high-resolution one.
   *
   * <p>A pair has the same path, or the small one ends in {@code x2} (DIV2K) or in {@code _LR} or
   * {@code _LR2}, where the large one may end in {@code _HR} (RealSR), for a scale of 2.
   * Extensions, folders that contain all images, and folders named {@code X2}, {@code x2} or {@code
   * 2} are left out of the comparison. Two lists are paired line by line.
   *
   * @throws IOException if an image has no partner
   */
  static List<Pair> paired(Path highRes, Path lowRes, List<Integer> scales) throws IOException {
    List<Picture> large = in(highRes);
    List<Picture> small = in(lowRes);
    if (isList(highRes) && isList(lowRes) && scales.size() == 1) {
      if (large.size() != small.size()) {
        throw new IOException(
            String.format(
                "%s and %s must be lists of the same length, one pair on each line, but have %d and"
                    + " %d images",
                highRes, lowRes, large.size(), small.size()));
      }
      List<Pair> pairs = new ArrayList<>();
      for (int i = 0; i < large.size(); i++) {
        pairs.add(new Pair(large.get(i), List.of(small.get(i))));
      }
      return pairs;
    }
    // Both may lie in one folder, as RealSR's do.
    large = large.stream().filter(p -> !LOW_RES.matcher(stem(p.name())).find()).toList();
    small = small.stream().filter(p -> !HIGH_RES.matcher(stem(p.name())).find()).toList();
    List<Map<String, Picture>> byScale = new ArrayList<>();
    int folders = commonFolders(small);
    for (int scale : scales) {
      byScale.add(byKey(small, folders, scale));
    }
    List<Pair> pairs = new ArrayList<>();
    int largeFolders = commonFolders(large);
    for (Picture picture : large) {
      List<Picture> partners = new ArrayList<>();
      for (int i = 0; i < scales.size(); i++) {
        String key = key(picture, largeFolders, scales.get(i), HIGH_RES);
        Picture partner = byScale.get(i).get(key);
        if (partner == null) {
          throw new IOException(
              String.format(
                  "%s has no low-resolution image for scale %d in %s; looked for the names %s,"
                      + " %sx%d and %s_LR%d with any extension",
                  picture.name(),
                  scales.get(i),
                  lowRes,
                  key,
                  key,
                  scales.get(i),
                  key,
                  scales.get(i)));
        }
        partners.add(partner);
      }
      pairs.add(new Pair(picture, List.copyOf(partners)));
    }
    if (pairs.isEmpty()) {
      throw new IOException(highRes + ": no high-resolution images; all names end in _LR");
    }
    return pairs;
  }

  private static Map<String, Picture> byKey(List<Picture> small, int folders, int scale) {
    Pattern suffix = Pattern.compile("(?i)(x" + scale + "|_LR" + scale + "|_LR)$");
    Map<String, Picture> byKey = new HashMap<>();
    for (Picture picture : small) {
      byKey.putIfAbsent(key(picture, folders, scale, suffix), picture);
    }
    for (Picture picture : small) { // the same name goes first: "linux2" need not be that of "linu"
      byKey.put(key(picture, folders, scale, null), picture);
    }
    return byKey;
  }

  /** Returns what the two images of a pair have in common. */
  private static String key(Picture picture, int folders, int scale, @Nullable Pattern suffix) {
    List<String> path =
        new ArrayList<>(Arrays.asList(stem(picture.name()).split("/", -1)))
            .subList(folders, picture.name().split("/", -1).length);
    String name = path.remove(path.size() - 1);
    path.removeIf(part -> part.equalsIgnoreCase("x" + scale) || part.equals("" + scale));
    path.add(suffix == null ? name : suffix.matcher(name).replaceFirst(""));
    return String.join("/", path);
  }

  /** Returns how many folders all images have in common. */
  private static int commonFolders(List<Picture> pictures) {
    List<String> common = null;
    for (Picture picture : pictures) {
      List<String> path = Arrays.asList(picture.name().split("/", -1));
      path = path.subList(0, path.size() - 1);
      if (common == null) {
        common = path;
      }
      int same = 0;
      while (same < Math.min(common.size(), path.size())
          && common.get(same).equals(path.get(same))) {
        same++;
      }
      common = common.subList(0, same);
    }
    return common == null ? 0 : common.size();
  }
}
