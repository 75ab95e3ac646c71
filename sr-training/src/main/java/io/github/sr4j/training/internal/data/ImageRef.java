// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.data;

import io.github.sr4j.FloatImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** An image that can be read, any number of times and by any thread, with the same result. */
public interface ImageRef {

  /**
   * Returns the name of the image in messages: its path in the folder or zip file, or its line in a
   * list.
   */
  String name();

  /**
   * Decodes it.
   *
   * @return RGB, or gray if the file has one channel
   * @throws io.github.sr4j.ImageFormatException if the file is damaged or not an image
   */
  FloatImage read() throws IOException;

  /** Returns the file that holds it, an image or a zip file; empty if there is none. */
  default Optional<Path> file() {
    return Optional.empty();
  }
}
