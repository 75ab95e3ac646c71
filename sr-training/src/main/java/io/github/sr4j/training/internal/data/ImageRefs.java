// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.data;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteStreams;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.training.internal.files.ImageFolder;
import io.github.sr4j.training.internal.files.TextFiles;
import io.github.sr4j.training.internal.files.Unreadable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where images come from: folders, zip files, lists of files; and which two are a pair. */
public final class ImageRefs {

  private static final Pattern HIGH_RES = Pattern.compile("(?i)_HR$");
  private static final Pattern LOW_RES = Pattern.compile("(?i)_LR\\d*$");

  private static final int MAX_LIST_BYTES = 1 << 28;
  private static final long MAX_ENTRY_BYTES = 1L << 30;
  private static final int MAX_DEFLATION = 1032; // one bit for 129 bytes

  private ImageRefs() {}

  /**
   * Finds images.
   *
   * @param source a folder, which is searched with the folders in it; a {@code .zip} file,
   *     likewise; or a {@code .txt} file with a path of one of these or of an image on each line,
   *     relative to the list. Empty lines and those that begin with {@code #} are left out
   * @throws IOException if there is no such file or folder, or it holds no images
   */
  public static List<ImageRef> in(Path source) throws IOException {
    if (isList(source)) {
      return listed(source);
    }
    if (hasExtension(source, ".zip") && Files.isRegularFile(source)) {
      return zipped(source);
    }
    List<IOException> failures = new ArrayList<>();
    ImageFolder folder = ImageFolder.of(source, failures);
    return Stream.concat(
            folder.files().stream()
                .map(file -> (ImageRef) new PictureFile(folder.nameOf(file), file)),
            failures.stream().map(failure -> missing(source, failure)))
        .toList();
  }

  /**
   * Returns the stand-in for an unreadable file of a folder; it keeps the file's place, so that
   * pairs still match.
   */
  private static ImageRef missing(Path folder, IOException failure) {
    String name = String.valueOf(failure.getMessage());
    if (failure instanceof FileSystemException file && file.getFile() != null) {
      Path path = folder.getFileSystem().getPath(file.getFile());
      name = path.startsWith(folder) ? folder.relativize(path).toString() : file.getFile();
    }
    return new Missing(name.replace('\\', '/'), failure);
  }

  /** Returns whether a source is a list of files. */
  static boolean isList(Path source) {
    return hasExtension(source, ".txt") && Files.isRegularFile(source);
  }

  /** Returns a name without its extension. */
  public static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
  }

  private static boolean hasExtension(Path file, String extension) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(extension);
  }

  private static List<ImageRef> listed(Path list) throws IOException {
    ImmutableList.Builder<ImageRef> pictures = ImmutableList.builder();
    int number = 0;
    for (String line : TextFiles.read(list, MAX_LIST_BYTES).lines().toList()) {
      String name = line.strip();
      number++;
      if (!name.isEmpty() && !name.startsWith("#")) {
        String where = String.format(Locale.ROOT, "line %d of %s", number, list);
        pictures.addAll(listed(list, name, where));
      }
    }
    List<ImageRef> all = pictures.build();
    if (all.isEmpty()) {
      throw new IOException(list + ": expected the path of an image on each line, but has none");
    }
    return all;
  }

  /** Returns the images that a line of a list names. */
  private static List<ImageRef> listed(Path list, String name, String where) {
    try {
      Path file = list.resolveSibling(name);
      if (Files.isDirectory(file) || hasExtension(file, ".zip")) {
        return in(file).stream()
            .map(p -> (ImageRef) new Renamed(name + "/" + p.name(), p))
            .toList();
      }
      return List.of(
          Files.exists(file)
              ? new PictureFile(name, file)
              : new Missing(
                  name,
                  new NoSuchFileException(
                      file.toString(), null, "no such file, which is in " + where)));
    } catch (InvalidPathException e) {
      String message = String.format("%s: must be a path, but is \"%s\"", where, name);
      return List.of(new Missing(name, new IOException(message, e)));
    } catch (IOException e) {
      return List.of(new Missing(name, e));
    }
  }

  private static List<ImageRef> zipped(Path zip) throws IOException {
    try (FileSystem files = open(zip)) {
      Path root = files.getPath("/");
      List<IOException> failures = new ArrayList<>();
      List<Path> images = ImageFolder.imagesBelow(root, zip.toString(), failures);
      return Stream.concat(
              images.stream()
                  .map(file -> (ImageRef) new ZipEntry(root.relativize(file).toString(), zip)),
              failures.stream().map(failure -> missing(root, failure)))
          .toList();
    }
  }

  /**
   * Refuses an entry that unpacks to more than is read of it into memory. It may declare less than
   * it has; deflate shortens nothing to less than a thousandth.
   */
  private static void checkSize(Path entry) throws IOException {
    long max = Math.min(MAX_ENTRY_BYTES, Runtime.getRuntime().maxMemory() / 2);
    long size = Files.size(entry);
    long compressed = ((Number) Files.getAttribute(entry, "zip:compressedSize")).longValue();
    if (size <= max && compressed > max / MAX_DEFLATION) {
      try (InputStream in = Files.newInputStream(entry)) {
        size = ByteStreams.exhaust(ByteStreams.limit(in, max + 1));
      }
    }
    if (size > max) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s unpacks to more than %d bytes, which is no image",
              entry.getFileName(),
              max),
          null);
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

  private record PictureFile(String name, Path path) implements ImageRef {
    @Override
    public FloatImage read() throws IOException {
      return ImageFolder.read(path);
    }

    @Override
    public Optional<Path> file() {
      return Optional.of(path);
    }
  }

  /**
   * The zip file is opened for each image: it takes a thousandth of the time of decoding one, and
   * nobody has to close it.
   */
  private record ZipEntry(String name, Path zip) implements ImageRef {
    @Override
    public FloatImage read() throws IOException {
      try (FileSystem files = open(zip)) {
        Path entry = files.getPath("/", name);
        checkSize(entry);
        return ImageFolder.read(entry);
      } catch (ImageFormatException e) {
        throw new ImageFormatException(zip + ": " + e.getMessage(), e);
      } catch (SuperResolutionException e) {
        throw new SuperResolutionException(zip + ": " + e.getMessage(), e);
      } catch (IOException e) {
        throw Unreadable.named(zip.toString(), e);
      }
    }

    @Override
    public Optional<Path> file() {
      return Optional.of(zip);
    }
  }

  /** An entry of a list that cannot be found or opened; treated as an unreadable image. */
  private record Missing(String name, IOException failure) implements ImageRef {
    @Override
    public FloatImage read() throws IOException {
      throw failure;
    }
  }

  /**
   * An image that is called by its path in a list.
   *
   * @param picture the image
   */
  private record Renamed(String name, ImageRef picture) implements ImageRef {
    @Override
    public FloatImage read() throws IOException {
      return picture.read();
    }

    @Override
    public Optional<Path> file() {
      return picture.file();
    }
  }

  /**
   * An image that is in memory already.
   *
   * @param image in [0, 1]
   */
  public record InMemory(String name, FloatImage image) implements ImageRef {
    @Override
    public FloatImage read() {
      return image;
    }
  }

  /**
   * An image made smaller by MATLAB's bicubic, rounded to 8 bits as the others are.
   *
   * @param image the image
   * @param factor of its sides, less than 1
   */
  public record Reduced(ImageRef image, double factor) implements ImageRef {
    @Override
    public String name() {
      return image.name() + " reduced to " + factor;
    }

    @Override
    public FloatImage read() throws IOException {
      FloatImage whole = image.read();
      return Resampling.bicubic(whole, side(whole.width()), side(whole.height())).rounded();
    }

    private int side(int whole) {
      return (int) Math.max(1, Math.round(whole * factor));
    }

    @Override
    public Optional<Path> file() {
      return image.file();
    }
  }

  /** An image and what it is at each scale, if that is given and not made. */
  public record Pair(ImageRef highRes, List<ImageRef> lowRes) {}

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
  public static List<Pair> paired(Path highRes, Path lowRes, List<Integer> scales)
      throws IOException {
    List<ImageRef> large = in(highRes);
    List<ImageRef> small = in(lowRes);
    if (isList(highRes) && isList(lowRes) && scales.size() == 1) {
      if (large.size() != small.size()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s and %s must be lists of the same length, one pair on each line, but have %d and"
                    + " %d images",
                highRes,
                lowRes,
                large.size(),
                small.size()));
      }
      List<Pair> pairs = new ArrayList<>();
      for (int i = 0; i < large.size(); i++) {
        pairs.add(new Pair(large.get(i), List.of(small.get(i))));
      }
      return pairs;
    }
    List<Pair> pairs = new ArrayList<>();
    for (ImageRef picture : large) {
      if (picture instanceof Missing && !LOW_RES.matcher(stem(picture.name())).find()) {
        pairs.add(new Pair(picture, Collections.nCopies(scales.size(), picture)));
      }
    }
    large = large.stream().filter(p -> !(p instanceof Missing)).toList();
    // A low-resolution image that cannot be read is that of a pair nevertheless, which may be left
    // out. Where there is another one of the same name, that counts.
    List<ImageRef> missing = small.stream().filter(p -> p instanceof Missing).toList();
    small = small.stream().filter(p -> !(p instanceof Missing)).toList();
    // Both may lie in one folder, as RealSR's do.
    large = large.stream().filter(p -> !LOW_RES.matcher(stem(p.name())).find()).toList();
    small = small.stream().filter(p -> !HIGH_RES.matcher(stem(p.name())).find()).toList();
    List<Map<String, ImageRef>> byScale = new ArrayList<>();
    int folders = commonFolders(small.isEmpty() ? missing : small);
    for (int scale : scales) {
      Map<String, ImageRef> byKey = byKey(small, folders, scale);
      byKey(missing, folders, scale).forEach(byKey::putIfAbsent);
      byScale.add(byKey);
    }
    int largeFolders = commonFolders(large);
    for (ImageRef picture : large) {
      List<ImageRef> partners = new ArrayList<>();
      for (int i = 0; i < scales.size(); i++) {
        String key = key(picture, largeFolders, scales.get(i), HIGH_RES);
        ImageRef partner = byScale.get(i).get(key);
        if (partner == null) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
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

  private static Map<String, ImageRef> byKey(List<ImageRef> small, int folders, int scale) {
    Pattern suffix = Pattern.compile("(?i)(x" + scale + "|_LR" + scale + "|_LR)$");
    Map<String, ImageRef> byKey = new HashMap<>();
    for (ImageRef picture : small) {
      byKey.putIfAbsent(key(picture, folders, scale, suffix), picture);
    }
    for (ImageRef picture :
        small) { // the same name goes first: "linux2" need not be that of "linu"
      byKey.put(key(picture, folders, scale, null), picture);
    }
    return byKey;
  }

  /** Returns the part of the name that the two images of a pair share. */
  private static String key(ImageRef picture, int folders, int scale, @Nullable Pattern suffix) {
    List<String> path =
        new ArrayList<>(Arrays.asList(stem(picture.name()).split("/", -1)))
            .subList(folders, picture.name().split("/", -1).length);
    String name = path.remove(path.size() - 1);
    path.removeIf(part -> part.equalsIgnoreCase("x" + scale) || part.equals("" + scale));
    path.add(suffix == null ? name : suffix.matcher(name).replaceFirst(""));
    return String.join("/", path);
  }

  /** Returns how many folders all images have in common. */
  private static int commonFolders(List<ImageRef> pictures) {
    List<String> common = null;
    for (ImageRef picture : pictures) {
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
