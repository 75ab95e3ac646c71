// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * VGG-16 and AlexNet on one image, sample by sample as the papers write them, in float64; with
 * zeros around images, and images normalised as torchvision does.
 */
final class ReferenceNetwork {

  /** Features of a layer, [channels][height][width]. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
  record Features(double[][][] samples) {
    int channels() {
      return samples.length;
    }

    int height() {
      return samples[0].length;
    }

    int width() {
      return samples[0][0].length;
    }
  }

  private static final double[] MEAN = {0.485, 0.456, 0.406};
  private static final double[] DEVIATION = {0.229, 0.224, 0.225};

  private ReferenceNetwork() {}

  /** Returns the activations behind some ReLUs. */
  static List<Features> vgg16(
      Map<String, Tensor> arrays, float[] image, int height, int width, List<String> layers) {
    List<Features> wanted = new ArrayList<>();
    Features last = normalized(image, height, width);
    for (String name : LossFiles.VGG16) {
      if (wanted.size() == layers.size()) {
        break;
      }
      Features input = name.endsWith("_1") && !name.equals("conv1_1") ? maxima(last, 2) : last;
      Features linear = convolution(arrays, name, input, 1, 1);
      last = rectified(linear);
      String next = layers.get(wanted.size());
      if (next.equals(name)) {
        wanted.add(linear);
      } else if (next.equals(name.replace("conv", "relu"))) {
        wanted.add(last);
      }
    }
    return wanted;
  }

  /** Returns the activations behind the five ReLUs. */
  static List<Features> alexnet(Map<String, Tensor> arrays, float[] image, int height, int width) {
    List<Features> all = new ArrayList<>();
    Features image0 = normalized(image, height, width);
    all.add(rectified(convolution(arrays, "conv1", image0, 4, 2)));
    all.add(rectified(convolution(arrays, "conv2", maxima(all.get(0), 3), 1, 2)));
    all.add(rectified(convolution(arrays, "conv3", maxima(all.get(1), 3), 1, 1)));
    all.add(rectified(convolution(arrays, "conv4", all.get(2), 1, 1)));
    all.add(rectified(convolution(arrays, "conv5", all.get(3), 1, 1)));
    return all;
  }

  private static Features normalized(float[] image, int height, int width) {
    double[][][] samples = new double[3][height][width];
    for (int i = 0; i < image.length; i++) {
      int c = i / (height * width);
      samples[c][i / width % height][i % width] = (image[i] - MEAN[c]) / DEVIATION[c];
    }
    return new Features(samples);
  }

  private static Features convolution(
      Map<String, Tensor> arrays, String name, Features input, int stride, int padding) {
    Tensor weight = arrays.get(name + ".weight");
    float[] bias = arrays.get(name + ".bias").samples();
    int kernel = (int) weight.shape().length(2);
    int in = input.channels();
    int height = (input.height() + 2 * padding - kernel) / stride + 1;
    int width = (input.width() + 2 * padding - kernel) / stride + 1;
    double[][][] samples = new double[bias.length][height][width];
    for (int o = 0; o < bias.length; o++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double sum = bias[o];
          for (int w = 0; w < in * kernel * kernel; w++) {
            int fromY = y * stride - padding + w / kernel % kernel;
            int fromX = x * stride - padding + w % kernel;
            if (fromY >= 0 && fromY < input.height() && fromX >= 0 && fromX < input.width()) {
              sum +=
                  weight.samples()[o * in * kernel * kernel + w]
                      * input.samples[w / kernel / kernel][fromY][fromX];
            }
          }
          samples[o][y][x] = sum;
        }
      }
    }
    return new Features(samples);
  }

  private static Features rectified(Features input) {
    double[][][] samples = new double[input.channels()][input.height()][input.width()];
    for (int c = 0; c < input.channels(); c++) {
      for (int y = 0; y < input.height(); y++) {
        for (int x = 0; x < input.width(); x++) {
          samples[c][y][x] = Math.max(0, input.samples[c][y][x]);
        }
      }
    }
    return new Features(samples);
  }

  private static Features maxima(Features input, int side) {
    int height = (input.height() - side) / 2 + 1;
    int width = (input.width() - side) / 2 + 1;
    double[][][] samples = new double[input.channels()][height][width];
    for (int c = 0; c < input.channels(); c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double largest = Double.NEGATIVE_INFINITY;
          for (int i = 0; i < side * side; i++) {
            largest = Math.max(largest, input.samples[c][2 * y + i / side][2 * x + i % side]);
          }
          samples[c][y][x] = largest;
        }
      }
    }
    return new Features(samples);
  }

  /** Johnson et al., equation 2. */
  static double featureDistance(Features prediction, Features target) {
    double sum = 0;
    for (int c = 0; c < prediction.channels(); c++) {
      for (int y = 0; y < prediction.height(); y++) {
        for (int x = 0; x < prediction.width(); x++) {
          double difference = prediction.samples[c][y][x] - target.samples[c][y][x];
          sum += difference * difference;
        }
      }
    }
    return sum / (prediction.channels() * prediction.height() * prediction.width());
  }

  /** Johnson et al., equations 3 and 4; the two may be of different sizes. */
  static double gramDistance(Features prediction, Features target) {
    double sum = 0;
    for (int i = 0; i < prediction.channels(); i++) {
      for (int j = 0; j < prediction.channels(); j++) {
        double difference = gram(prediction, i, j) - gram(target, i, j);
        sum += difference * difference;
      }
    }
    return sum;
  }

  private static double gram(Features features, int i, int j) {
    double sum = 0;
    for (int y = 0; y < features.height(); y++) {
      for (int x = 0; x < features.width(); x++) {
        sum += features.samples[i][y][x] * features.samples[j][y][x];
      }
    }
    return sum / (features.channels() * features.height() * features.width());
  }

  /** Zhang et al., equation 1, of one layer. */
  static double perceptualDistance(Features prediction, Features target, float[] weights) {
    double sum = 0;
    for (int y = 0; y < prediction.height(); y++) {
      for (int x = 0; x < prediction.width(); x++) {
        double ofPrediction = length(prediction, y, x) + 1e-10;
        double ofTarget = length(target, y, x) + 1e-10;
        for (int c = 0; c < prediction.channels(); c++) {
          double difference =
              prediction.samples[c][y][x] / ofPrediction - target.samples[c][y][x] / ofTarget;
          sum += weights[c] * difference * difference;
        }
      }
    }
    return sum / (prediction.height() * prediction.width());
  }

  private static double length(Features features, int y, int x) {
    double sum = 0;
    for (int c = 0; c < features.channels(); c++) {
      sum += features.samples[c][y][x] * features.samples[c][y][x];
    }
    return Math.sqrt(sum);
  }
}
