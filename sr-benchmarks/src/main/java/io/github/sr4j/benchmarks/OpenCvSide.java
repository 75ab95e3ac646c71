// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.opencv_java;
import org.jspecify.annotations.Nullable;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;
import org.opencv.imgproc.Imgproc;

/**
 * OpenCV's DNN module on the CPU, from a {@code Mat} of BGR bytes to another one, as OpenCV's own
 * {@code dnn_superres} goes about it: luma through the network, the other two channels enlarged
 * bicubically. The way from and to {@code BufferedImage} is not in the time.
 */
final class OpenCvSide implements InferenceSide {

  private final InferenceTask task;
  private final Net network;
  private final Mat image;
  private final Mat result;

  OpenCvSide(InferenceTask task) {
    this.task = task;
    Loader.load(opencv_java.class);
    Core.setNumThreads(task.threads());
    this.network = Dnn.readNetFromONNX(task.model().toString());
    network.setPreferableBackend(Dnn.DNN_BACKEND_OPENCV);
    network.setPreferableTarget(Dnn.DNN_TARGET_CPU);
    this.result = new Mat();
    this.image = new Mat(task.size(), task.size(), CvType.CV_8UC3);
    image.put(0, 0, ((DataBufferByte) task.image().getRaster().getDataBuffer()).getData());
  }

  @Override
  public void run() {
    int side = task.size() * task.scale();
    Size large = new Size(side, side);
    Mat ycrcb = new Mat();
    Imgproc.cvtColor(image, ycrcb, Imgproc.COLOR_BGR2YCrCb); // levels from 0 to 255
    List<Mat> planes = new ArrayList<>();
    Core.split(ycrcb, planes);
    Mat luma = new Mat();
    planes.get(0).convertTo(luma, CvType.CV_32F, 219.0 / (255 * 255), 16.0 / 255);
    if (task.isPreupscaled()) {
      Imgproc.resize(luma, luma, large, 0, 0, Imgproc.INTER_CUBIC);
    }
    network.setInput(Dnn.blobFromImage(luma));
    Mat output = network.forward();
    output
        .reshape(1, side)
        .convertTo(planes.get(0), CvType.CV_8U, 255.0 * 255 / 219, -16.0 * 255 / 219);
    for (int i = 1; i < 3; i++) {
      Imgproc.resize(planes.get(i), planes.get(i), large, 0, 0, Imgproc.INTER_CUBIC);
    }
    Core.merge(planes, ycrcb);
    Imgproc.cvtColor(ycrcb, result, Imgproc.COLOR_YCrCb2BGR);
    // OpenCV's memory is otherwise freed only when the garbage collector gets to it.
    planes.forEach(Mat::release);
    output.release();
    luma.release();
    ycrcb.release();
  }

  @Override
  public @Nullable BufferedImage picture() {
    BufferedImage picture =
        new BufferedImage(result.cols(), result.rows(), BufferedImage.TYPE_3BYTE_BGR);
    result.get(0, 0, ((DataBufferByte) picture.getRaster().getDataBuffer()).getData());
    return picture;
  }

  @Override
  public void close() {
    image.release();
    result.release();
  }
}
