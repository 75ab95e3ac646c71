// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How good is a model, in the figures of the papers?
 *
 * <p>Arguments: an ONNX file, and a folder of high-resolution images such as Set5. Each is made
 * smaller, enlarged again by the model and by bicubic interpolation, and compared with what it was.
 */
public final class EvaluateAModel {

  private EvaluateAModel() {}

  public static void main(String[] args) throws IOException {
    Path model = Path.of(args[0]);
    Path images = Path.of(args[1]);
    try (Upscaler upscaler = Upscaler.builder().model(model).build()) {
      EvaluationReport report = Evaluation.luma().of(upscaler, images);
      EvaluationReport bicubic = Evaluation.luma().bicubic(upscaler.scale(), images);
      System.out.print(report.toText());
      System.out.printf(
          Locale.ROOT, "%.2f dB better than bicubic enlargement%n", report.psnr() - bicubic.psnr());
    }
  }
}
