// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The unpacking of native libraries into a folder of a cache, once for all processes.
 *
 * <p>The folder is named after the content of the libraries, so that versions do not mix. A file is
 * written under another name and renamed when it is whole; two processes may unpack at once. Each
 * start compares the checksums of all files; of libraries that take seconds to read, only those
 * that have been written since they were last compared.
 */
public final class LibraryCache {

  /** The size in bytes of libraries that are read at every start. */
  private static final long MAX_READ = 256L << 20;

  /** The file that lists the size and the time of files whose checksums have been compared. */
  private static final String COMPARED = "compared.txt";

  private static final Logger logger = LoggerFactory.getLogger(LibraryCache.class);

  private LibraryCache() {}

  /** One library: where it is, and its CRC-32 and size. */
  private record Library(URL content, long crc, long size) {}

  /**
   * Unpacks libraries into the {@linkplain CacheFolder cache} of the user.
   *
   * @param libraries the content of each file, by its name
   * @param name what the folder's name begins with
   * @return the folder
   * @throws IOException if there is no cache, or it cannot hold them
   */
  public static Path unpack(Map<String, URL> libraries, String name) throws IOException {
    Path cache =
        CacheFolder.find()
            .orElseThrow(
                () ->
                    new IOException(
                        "this user has no folder for caches; "
                            + CacheFolder.PROPERTY
                            + " must name one"));
    return unpack(libraries, cache, name);
  }

  /**
   * Unpacks libraries into a folder of a cache.
   *
   * @param libraries the content of each file, by its name
   * @param name what the folder's name begins with
   * @return the folder
   * @throws IOException if the cache cannot hold them
   */
  public static Path unpack(Map<String, URL> libraries, Path cache, String name)
      throws IOException {
    return unpack(libraries, cache, name, MAX_READ);
  }

  static Path unpack(Map<String, URL> libraries, Path cache, String name, long maxRead)
      throws IOException {
    Map<String, Library> byName = new TreeMap<>();
    Hasher hasher = Hashing.sha256().newHasher();
    for (Map.Entry<String, URL> entry : libraries.entrySet()) {
      byName.put(entry.getKey(), library(entry.getValue()));
    }
    byName.forEach(
        (file, library) ->
            hasher.putString(file, UTF_8).putLong(library.crc).putLong(library.size));
    Path folder = cache.resolve(name + "-" + hasher.hash().toString().substring(0, 16));
    Files.createDirectories(folder);
    if (CacheFolder.isNoexec(folder)) {
      throw new IOException("it is mounted noexec, so that no code can be loaded from it");
    }
    boolean isLarge = byName.values().stream().mapToLong(Library::size).sum() > maxRead;
    Path list = folder.resolve(COMPARED);
    String before = isLarge && Files.isRegularFile(list) ? Files.readString(list) : "";
    List<String> compared = before.lines().toList();
    StringBuilder now = new StringBuilder();
    for (Map.Entry<String, Library> entry : byName.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      if (!(isLarge && Files.isRegularFile(file) && compared.contains(line(file)))) {
        complete(file, entry.getValue());
      }
      now.append(line(file)).append('\n');
    }
    if (isLarge && !now.toString().equals(before)) {
      try {
        AtomicFile.writeDurably(list, out -> out.write(now.toString().getBytes(UTF_8)));
      } catch (IOException e) { // a read-only cache
        logger.debug("{} is not written; the next start reads all libraries again", list, e);
      }
    }
    return folder;
  }

  /** Writes a file unless it is whole, which also one in a read-only cache may be. */
  private static void complete(Path file, Library library) throws IOException {
    if (isWhole(file, library)) {
      return;
    }
    try (InputStream in = open(library.content)) {
      AtomicFile.writeDurably(file, in::transferTo);
    } catch (IOException e) {
      if (!isWhole(file, library)) { // another process may have written and loaded it meanwhile
        throw e;
      }
    }
    if (!isWhole(file, library)) {
      throw new IOException(file + " is not what was written to it");
    }
  }

  private static String line(Path file) throws IOException {
    return String.format(
        "%s %s %s", file.getFileName(), Files.size(file), Files.getLastModifiedTime(file));
  }

  /** Opens a resource without keeping its jar open, which could not be replaced then. */
  public static InputStream open(URL resource) throws IOException {
    return connection(resource).getInputStream();
  }

  private static boolean isWhole(Path file, Library library) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == library.size
        && crc(MoreFiles.asByteSource(file)) == library.crc;
  }

  private static long crc(ByteSource bytes) throws IOException {
    return bytes.hash(Hashing.crc32()).padToLong();
  }

  private static Library library(URL url) throws IOException {
    if (connection(url) instanceof JarURLConnection connection) {
      try (JarFile jar = connection.getJarFile()) {
        ZipEntry entry = jar.getEntry(connection.getEntryName());
        return new Library(url, entry.getCrc(), entry.getSize());
      }
    }
    ByteSource bytes =
        new ByteSource() {
          @Override
          public InputStream openStream() throws IOException {
            return open(url);
          }
        };
    return new Library(url, crc(bytes), bytes.size());
  }

  private static URLConnection connection(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    return connection;
  }
}
