// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The result of a training run.
 *
 * @param network the network, with its arguments
 * @param scale the scale of the network
 * @param loss the loss, as text
 * @param seed the seed of weights and data
 * @param parameters the number of trainable values
 * @param steps the number of steps done, summed over resumes
 * @param duration the time spent, summed over resumes
 * @param lastLoss the mean loss since the last validation
 * @param validations the validations, in order
 * @param model the exported ONNX file
 * @param parity the largest difference between the network and the exported file on an image in [0,
 *     1]
 */
public record TrainingReport(
    String network,
    int scale,
    String loss,
    long seed,
    long parameters,
    long steps,
    Duration duration,
    double lastLoss,
    List<Validation> validations,
    Path model,
    double parity) {

  /**
   * The quality of the network after a number of steps, by the paper's protocol.
   *
   * @param step the number of steps done
   * @param loss the mean loss since the validation before
   * @param psnr the mean peak signal-to-noise ratio of the luma, in dB
   * @param ssim the mean structural similarity of the luma
   */
  public record Validation(long step, double loss, double psnr, double ssim) {}

  /** Copies the validations. */
  public TrainingReport {
    validations = ImmutableList.copyOf(validations);
  }

  /** Returns the validation with the highest PSNR, the one whose weights were exported. */
  public Optional<Validation> best() {
    return validations.stream()
        .filter(validation -> Double.isFinite(validation.psnr())) // those of earlier versions
        .max((a, b) -> Double.compare(a.psnr(), b.psnr()));
  }
}
