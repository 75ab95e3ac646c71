// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static com.google.common.base.Preconditions.checkState;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.SuperResolutionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A session with one input and one output, and the conversion of blocks to what they hold.
 *
 * <p>Safe for use by multiple threads, also while one of them closes it.
 */
final class OnnxSession implements AutoCloseable {

  /**
   * The form of a network's tensors.
   *
   * @param inputType that of the input: FLOAT, FLOAT16 or UINT8
   * @param batch how many blocks the input takes; all get the same one
   */
  record Format(
      String input,
      String output,
      OnnxJavaType inputType,
      int batch,
      boolean isChannelsLast,
      boolean isBgr,
      SampleRanges ranges) {

    Format with(SampleRanges newRanges) {
      return new Format(input, output, inputType, batch, isChannelsLast, isBgr, newRanges);
    }

    /** Returns whether a block's samples are, as they are, those of a tensor. */
    boolean isPlain(Range range, boolean isTensorChannelsLast, int channels) {
      return range == Range.ONE && (channels == 1 || (!isTensorChannelsLast && !isBgr));
    }

    long[] shape(int channels, int height, int width) {
      return isChannelsLast
          ? new long[] {batch, height, width, channels}
          : new long[] {batch, channels, height, width};
    }
  }

  /** The result of a run: the samples of the whole output, as they are. */
  static final class Output {
    final long[] shape; // of any rank
    final float[] samples; // row-major

    private Output(long[] shape, float[] samples) {
      this.shape = shape;
      this.samples = samples;
    }
  }

  private final String name;
  private final Device device;
  private final OrtSession session;
  private final Interrupts interrupts;
  // Held for reading by runs and for writing by close: a session freed under a run crashes the
  // process.
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed; // guarded by lock
  // Direct memory for blocks and options, one for each thread that has run at the same time as
  // others. Buffers made anew would be freed by the garbage collector only, long after they are
  // done with.
  private final Queue<Lane> lanes = new ConcurrentLinkedQueue<>();

  private static final class Lane {
    private final Interrupts.Run run;
    private ByteBuffer input = ByteBuffer.allocateDirect(0);
    private ByteBuffer output = ByteBuffer.allocateDirect(0);

    private Lane(Interrupts.Run run) {
      this.run = run;
    }

    /** Returns a buffer of a size in bytes, the one passed if it has room. */
    private static ByteBuffer sized(ByteBuffer buffer, int size) {
      ByteBuffer roomy =
          buffer.capacity() < size
              ? ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder())
              : buffer;
      roomy.clear().limit(size);
      return roomy;
    }
  }

  /**
   * Takes over a session.
   *
   * @param name what messages call the model
   */
  OnnxSession(String name, Device device, OrtSession session) {
    this.name = name;
    this.device = device;
    this.session = session;
    this.interrupts = new Interrupts(name);
  }

  /**
   * Runs the network on a block whose white is 1.
   *
   * @throws IllegalStateException if this session is closed
   * @throws CancellationException if the calling thread is interrupted meanwhile; it stays so
   */
  Output run(FloatImage block, Format format) throws OrtException {
    return inLane(
        lane -> {
          try (OnnxTensor tensor = input(lane, block, format);
              OrtSession.Result result =
                  run(lane, format.input, tensor, Set.of(format.output), Map.of())) {
            OnnxTensor output = (OnnxTensor) result.get(0);
            return new Output(output.getInfo().getShape(), samples(output));
          }
        });
  }

  /** As {@link #run(FloatImage, Format)}, for nothing but the shape of the output. */
  long[] shape(FloatImage block, Format format) throws OrtException {
    return inLane(
        lane -> {
          try (OnnxTensor tensor = input(lane, block, format);
              OrtSession.Result result =
                  run(lane, format.input, tensor, Set.of(format.output), Map.of())) {
            return ((OnnxTensor) result.get(0)).getInfo().getShape();
          }
        });
  }

  /**
   * Runs the network on a block whose white is 1, for an output of a known shape.
   *
   * @param shape of the output, whose type is FLOAT
   * @param samples receives the whole output, row-major, and is exactly as long
   * @throws OrtException also if the output has another shape
   * @throws IllegalStateException if this session is closed
   * @throws CancellationException if the calling thread is interrupted meanwhile; it stays so
   */
  void run(FloatImage block, Format format, long[] shape, float[] samples) throws OrtException {
    inLane(
        lane -> {
          lane.output = Lane.sized(lane.output, Math.multiplyExact(samples.length, Float.BYTES));
          try (OnnxTensor tensor = input(lane, block, format);
              OnnxTensor output =
                  OnnxTensor.createTensor(
                      OnnxRuntime.environment(), lane.output, shape, OnnxJavaType.FLOAT);
              OrtSession.Result result =
                  run(lane, format.input, tensor, Set.of(), Map.of(format.output, output))) {
            lane.output.asFloatBuffer().get(samples);
            return result.size();
          }
        });
  }

  private interface LaneTask<T> {
    T run(Lane lane) throws OrtException;
  }

  private <T> T inLane(LaneTask<T> task) throws OrtException {
    lock.readLock().lock();
    try {
      checkState(!closed, "%s is closed", name);
      Lane lane = lanes.poll();
      if (lane == null) {
        lane = new Lane(interrupts.newRun());
      }
      try {
        return task.run(lane);
      } finally {
        lanes.add(lane);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  private OrtSession.Result run(
      Lane lane,
      String input,
      OnnxTensor tensor,
      Set<String> requested,
      Map<String, OnnxTensor> outputs)
      throws OrtException {
    return DeviceTurn.take(
        device, () -> runInTurn(lane, Map.of(input, tensor), requested, outputs));
  }

  private OrtSession.Result runInTurn(
      Lane lane,
      Map<String, OnnxTensor> inputs,
      Set<String> requested,
      Map<String, OnnxTensor> outputs)
      throws OrtException {
    interrupts.begin(lane.run);
    try {
      return session.run(inputs, requested, outputs, lane.run.options());
    } catch (OrtException e) {
      if (lane.run.isTerminated()) {
        CancellationException cancelled =
            new CancellationException(name + ": interrupted while the network ran");
        cancelled.initCause(e);
        throw cancelled;
      }
      throw e;
    } finally {
      interrupts.end(lane.run);
    }
  }

  /** Returns a tensor with a block, to be closed by the caller. */
  static OnnxTensor tensor(FloatImage block, Format format) throws OrtException {
    return tensor(Lane.sized(ByteBuffer.allocate(0), bytes(block, format)), block, format);
  }

  private static OnnxTensor input(Lane lane, FloatImage block, Format format) throws OrtException {
    lane.input = Lane.sized(lane.input, bytes(block, format));
    return tensor(lane.input, block, format);
  }

  private static int bytes(FloatImage block, Format format) {
    int count = Math.multiplyExact(block.samples().length, format.batch);
    return Math.multiplyExact(count, format.inputType.size);
  }

  private static OnnxTensor tensor(ByteBuffer buffer, FloatImage block, Format format)
      throws OrtException {
    fill(buffer, block, format);
    long[] shape = format.shape(block.channels(), block.height(), block.width());
    return OnnxTensor.createTensor(OnnxRuntime.environment(), buffer, shape, format.inputType);
  }

  private static void fill(ByteBuffer buffer, FloatImage block, Format format) {
    if (format.inputType == OnnxJavaType.FLOAT
        && format.isPlain(format.ranges.input(), format.isChannelsLast, block.channels())) {
      FloatBuffer floats = buffer.asFloatBuffer();
      for (int i = 0; i < format.batch; i++) {
        floats.put(block.samples());
      }
    } else {
      for (int i = 0; i < format.batch; i++) {
        for (int c = 0; c < block.channels(); c++) {
          convert(buffer, i * block.samples().length, block, c, format);
        }
      }
    }
  }

  private static void convert(
      ByteBuffer buffer, int offset, FloatImage block, int channel, Format format) {
    int plane = block.height() * block.width();
    int from = (format.isBgr ? block.channels() - 1 - channel : channel) * plane;
    int to = offset + (format.isChannelsLast ? channel : channel * plane);
    int step = format.isChannelsLast ? block.channels() : 1;
    float[] samples = block.samples();
    float constant = format.ranges.input().black();
    float factor = format.ranges.input().white() - constant;
    switch (format.inputType) {
      case FLOAT -> {
        FloatBuffer floats = buffer.asFloatBuffer();
        for (int i = 0; i < plane; i++) {
          floats.put(to + i * step, samples[from + i] * factor + constant);
        }
      }
      case FLOAT16 -> {
        ShortBuffer halves = buffer.asShortBuffer();
        for (int i = 0; i < plane; i++) {
          halves.put(
              to + i * step, Fp16Conversions.floatToFp16(samples[from + i] * factor + constant));
        }
      }
      default -> {
        for (int i = 0; i < plane; i++) {
          float value = samples[from + i] * factor + constant;
          buffer.put(to + i * step, (byte) Math.round(Math.max(0, Math.min(255, value))));
        }
      }
    }
  }

  /** Returns the values of a tensor of any shape, row-major. */
  static float[] samples(OnnxTensor output) {
    TensorInfo info = output.getInfo();
    if (info.type == OnnxJavaType.UINT8) {
      ByteBuffer bytes = output.getByteBuffer();
      float[] samples = new float[bytes.remaining()];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = Byte.toUnsignedInt(bytes.get());
      }
      return samples;
    }
    FloatBuffer floats = output.getFloatBuffer(); // a copy, of 32 bits: outlives the result
    if (floats.hasArray()) {
      return floats.array();
    }
    float[] samples = new float[floats.remaining()];
    floats.get(samples);
    return samples;
  }

  /**
   * Ends the profile of the runs.
   *
   * @return the file that holds it
   */
  Path endProfile() throws OrtException {
    return Path.of(session.endProfiling());
  }

  /** Waits for runs in progress and frees the session. A second call does nothing. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true; // OrtSession refuses to be closed twice
        interrupts.close();
        for (Lane lane : lanes) {
          lane.run.options().close();
        }
        lanes.clear();
        DeviceTurn.takeUninterruptibly(
            device,
            () -> {
              session.close();
              return true;
            });
      }
    } catch (OrtException e) {
      throw new SuperResolutionException(name + ": cannot close the ONNX Runtime session", e);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
