// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How do I train a network on my own images, and use it?
 *
 * <p>Arguments: a folder of high-resolution images to train on, one to validate on, the folder for
 * the results, and the number of steps, of which SRCNN wants many: its authors did some millions.
 */
public final class TrainSrcnnOnAFolderAndExportIt {

  private TrainSrcnnOnAFolderAndExportIt() {}

  public static void main(String[] args) throws IOException {
    // snippet: train
    Trainer.Report report =
        Trainer.builder()
            .network("srcnn(kernels=9-5-5)")
            .scale(3)
            .loss(Losses.mse())
            .data(Path.of(args[0]))
            .validate(Path.of(args[1]))
            .out(Path.of(args[2]))
            .steps(Long.parseLong(args[3]))
            .learningRate(1e-3)
            .seed(42)
            .listener(new Printer())
            .build()
            .train();
    // end

    // The export was compared with the network before it was put there; report.parity() says how
    // well
    // they agree. The file runs wherever ONNX Runtime does, and here.
    try (Upscaler upscaler = Upscaler.builder().model(report.model()).build()) {
      System.out.println(upscaler.info());
    }
  }

  private static final class Printer implements Trainer.Listener {
    @Override
    public void validated(Trainer.Report.Validation validation) {
      System.out.printf(Locale.ROOT, "step %d: %.2f dB%n", validation.step(), validation.psnr());
    }
  }
}
