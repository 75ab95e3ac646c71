// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import io.github.sr4j.ProgressListener;
import java.time.Duration;

/** A listener that is also told how the time of an image file was spent. */
public interface FileTimesListener extends ProgressListener {

  /**
   * Is told of a file that has been enlarged; not of one that failed.
   *
   * @param decoding the time for reading the source
   * @param network the time for the network and the colours around it, and for waiting for
   *     processors that other calls used
   * @param encoding the rest of the call: metadata, and writing the target
   */
  void spent(Duration decoding, Duration network, Duration encoding);
}
