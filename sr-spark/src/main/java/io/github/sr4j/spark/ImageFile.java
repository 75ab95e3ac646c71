// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

/**
 * An image of the job, by its paths. Stays on the driver.
 *
 * @param length of the source, in bytes
 * @param pixels of the source; 0 as long as its header has not been read
 */
record ImageFile(String source, String target, long length, long pixels) {

  ImageFile withPixels(long counted) {
    return new ImageFile(source, target, length, counted);
  }
}
