// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * The unpacking of native libraries into a folder of a cache, once for all processes.
 *
 * <p>The folder is named after the content of the libraries, so that versions do not mix. A file is
 * written under another name and renamed when it is whole; two processes may unpack at once.
 */
public final class LibraryCache {

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
    for (Map.Entry<String, Library> entry : byName.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      Library library = entry.getValue();
      if (!isWhole(file, library)) { // one that is needs not be written, as in a read-only cache
        try (InputStream in = open(library.content)) {
          AtomicFile.writeDurably(file, in::transferTo);
        } catch (IOException e) {
          if (!isWhole(file, library)) { // another process may have written and loaded it meanwhile
            throw e;
          }
        }
      }
    }
    return folder;
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
