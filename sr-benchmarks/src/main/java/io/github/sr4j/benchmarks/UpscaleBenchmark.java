// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import com.google.common.io.Resources;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The time of enlarging an image, and the part of it that cannot be saved: the run of the network
 * on a tensor of the size that it sees.
 *
 * <p>{@link UpscaleComparison} runs both, alternating, and compares them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class UpscaleBenchmark {

  /** What both are run on. */
  @State(Scope.Benchmark)
  public static class Input {

    /** An embedded model, or a file. */
    @Param("compact-x2")
    public String model = "";

    /** The width and height of the image in pixels. */
    @Param("512")
    public int size;

    /** The threads that a call may use. */
    @Param("2")
    public int threads;

    /** Creates the input; JMH does this. */
    public Input() {}

    boolean isFile() {
      return model.endsWith(".onnx");
    }
  }

  /** An opened {@link Upscaler}, and an image as ImageIO reads them. */
  @State(Scope.Benchmark)
  public static class Library {

    private Upscaler upscaler;
    private BufferedImage image;

    /** Creates the state; JMH does this. */
    public Library() {}

    /** Opens the model. */
    @Setup
    public void open(Input input) {
      Model model = input.isFile() ? Model.file(Path.of(input.model)) : Model.embedded(input.model);
      upscaler =
          Upscaler.builder().model(model).device(Device.cpu()).threads(input.threads).build();
      image = new BufferedImage(input.size, input.size, BufferedImage.TYPE_3BYTE_BGR);
      SplittableRandom random = new SplittableRandom(1);
      for (int y = 0; y < input.size; y++) {
        for (int x = 0; x < input.size; x++) {
          int red = 128 + (int) (100 * Math.sin(0.05 * x)) + random.nextInt(16);
          int green = 128 + (int) (100 * Math.sin(0.07 * y)) + random.nextInt(16);
          int blue = 128 + (int) (100 * Math.sin(0.03 * (x + y))) + random.nextInt(16);
          image.setRGB(x, y, red << 16 | green << 8 | blue);
        }
      }
    }

    /** Closes the model. */
    @TearDown
    public void close() {
      upscaler.close();
    }
  }

  /** A session with the defaults of ONNX Runtime but for the threads, and its input. */
  @State(Scope.Benchmark)
  public static class Session {

    private OrtSession session;
    private Map<String, OnnxTensor> inputs;

    /** Creates the state; JMH does this. */
    public Session() {}

    /** Opens the model. */
    @Setup
    public void open(Input input) throws OrtException, IOException {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (SessionOptions options = new SessionOptions()) {
        options.setIntraOpNumThreads(input.threads);
        session = environment.createSession(content(input), options);
      }
      Map<String, String> metadata = session.getMetadata().getCustomMetadata();
      boolean isPreupscaled = "bicubic".equals(metadata.get("sr4j.preupscale"));
      int scale = Integer.parseInt(metadata.getOrDefault("sr4j.scale", "1"));
      int side = isPreupscaled ? input.size * scale : input.size;
      NodeInfo node = session.getInputInfo().values().iterator().next();
      int channels = (int) ((TensorInfo) node.getInfo()).getShape()[1]; // NCHW
      FloatBuffer samples =
          ByteBuffer.allocateDirect(channels * side * side * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      SplittableRandom random = new SplittableRandom(1);
      while (samples.hasRemaining()) {
        samples.put((float) random.nextDouble());
      }
      long[] shape = {1, channels, side, side};
      inputs = Map.of(node.getName(), OnnxTensor.createTensor(environment, samples.flip(), shape));
    }

    private static byte[] content(Input input) throws IOException {
      return input.isFile()
          ? Files.readAllBytes(Path.of(input.model))
          : Resources.toByteArray(
              Resources.getResource("io/github/sr4j/onnx/models/" + input.model + ".onnx"));
    }

    /** Closes the model. */
    @TearDown
    public void close() throws OrtException {
      inputs.values().forEach(OnnxTensor::close);
      session.close();
    }
  }

  /** Creates the benchmark; JMH does this. */
  public UpscaleBenchmark() {}

  /** Enlarges an image, from pixels to pixels. */
  @Benchmark
  public BufferedImage upscale(Library library) {
    return library.upscaler.upscale(library.image);
  }

  /** Runs the network, leaving its output where it is. */
  @Benchmark
  public int rawRun(Session session) throws OrtException {
    try (OrtSession.Result result = session.session.run(session.inputs)) {
      return result.size();
    }
  }
}
