// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How do I train a network that draws sharp textures, as SRGAN does?
 *
 * <p>In two runs: SRResNet under the mean squared error, then, from its weights, also against a
 * discriminator that learns to tell its results from real patches (C. Ledig et al.,
 * <i>Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network</i>, CVPR
 * 2017).
 *
 * <p>Arguments: a folder of high-resolution images to train on, the folder for the results, and the
 * steps of the two runs, of which the paper did a million and 200,000. With the weights of VGG-19
 * in a file, compare by features instead of pixels in the second: {@code
 * 3.15*feature(weights=vgg19.npz, layers=relu5_4, input=torch)}.
 */
public final class TrainSharpTexturesAgainstADiscriminator {

  private TrainSharpTexturesAgainstADiscriminator() {}

  public static void main(String[] args) throws IOException {
    Path data = Path.of(args[0]);
    Path folder = Path.of(args[1]);
    Path pretrained = folder.resolve("srresnet");
    run(data, Long.parseLong(args[2])).loss(Losses.mse()).out(pretrained).build().train();

    // No images to validate on: with them, the weights of the best PSNR would be exported, and the
    // best PSNR is before the first step against the discriminator.
    Trainer.Report report =
        run(data, Long.parseLong(args[3]))
            .initialFrom(pretrained.resolve("last.ckpt"))
            .loss(Losses.parse("mse + 1e-3*adversarial(features=8)"))
            .out(folder.resolve("srgan"))
            .listener(new Printer())
            .build()
            .train();
    System.out.println(report.model());
  }

  /** The settings of both runs; leave the arguments of srresnet out for the paper's network. */
  private static Trainer.Builder run(Path data, long steps) {
    return Trainer.builder()
        .network("srresnet(blocks=4, features=32)")
        .scale(4)
        .data(data)
        .steps(steps)
        .batch(4)
        .learningRate(1e-4)
        .seed(42);
  }

  private static final class Printer implements Trainer.Listener {

    @Override
    public void stepDone(Step step) {
      if (step.step() == step.steps() || step.step() % 100 == 0) {
        // The terms are those of the loss, in its order: content, adversarial.
        System.out.printf(
            Locale.ROOT, "step %d: %s, %s%n", step.step(), step.terms(), step.measures());
      }
    }

    @Override
    public void message(String message) {
      System.out.println(message); // says so if the discriminator or the network has collapsed
    }
  }
}
