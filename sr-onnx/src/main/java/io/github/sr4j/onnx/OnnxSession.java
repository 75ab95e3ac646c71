// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static com.google.common.base.Preconditions.checkState;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.imaging.FloatImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A session with one input and one output, both float32.
 *
 * <p>Safe for use by multiple threads, also while one of them closes it.
 */
final class OnnxSession implements AutoCloseable {

  /** What a run returned. */
  static final class Output {
    final long[] shape; // of any rank
    final float[] samples; // row-major; white is 1

    private Output(long[] shape, float[] samples) {
      this.shape = shape;
      this.samples = samples;
    }
  }

  private final String name;
  private final OrtSession session;
  private final String input;
  private final int range;
  // Held for reading by runs and for writing by close: a session freed under a run crashes the
  // process.
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed; // guarded by lock
  // Direct memory for inputs, one buffer for each thread that has run at the same time as others.
  // Buffers made anew would be freed by the garbage collector only, long after they are done with.
  private final Queue<FloatBuffer> buffers = new ConcurrentLinkedQueue<>();

  /**
   * Takes over a session.
   *
   * @param name what messages call the model
   * @param input the name of the input
   * @param range the value of white in the network's samples: 1 or 255
   */
  OnnxSession(String name, OrtSession session, String input, int range) {
    this.name = name;
    this.session = session;
    this.input = input;
    this.range = range;
  }

  /**
   * Runs the network on a block whose white is 1.
   *
   * @throws IllegalStateException if this session is closed
   */
  Output run(FloatImage block) throws OrtException {
    long[] shape = {1, block.channels(), block.height(), block.width()}; // NCHW
    lock.readLock().lock();
    try {
      checkState(!closed, "%s is closed", name);
      FloatBuffer buffer = fill(block.samples());
      try (OnnxTensor tensor = OnnxTensor.createTensor(OnnxRuntime.environment(), buffer, shape);
          OrtSession.Result result = session.run(Map.of(input, tensor))) {
        OnnxTensor output = (OnnxTensor) result.get(0);
        float[] samples = output.getFloatBuffer().array(); // a copy: outlives the result
        if (range != 1) {
          multiply(samples, 1f / range);
        }
        return new Output(output.getInfo().getShape(), samples);
      } finally {
        buffers.add(buffer);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  private FloatBuffer fill(float[] samples) {
    FloatBuffer buffer = buffers.poll();
    if (buffer == null || buffer.capacity() < samples.length) {
      buffer =
          ByteBuffer.allocateDirect(Math.multiplyExact(samples.length, Float.BYTES))
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    buffer.clear();
    if (range == 1) {
      buffer.put(samples);
    } else {
      for (float sample : samples) {
        buffer.put(sample * range);
      }
    }
    return buffer.flip();
  }

  private static void multiply(float[] samples, float factor) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] *= factor;
    }
  }

  /** Waits for runs in progress and frees the session. A second call does nothing. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true; // OrtSession refuses to be closed twice
        buffers.clear();
        session.close();
      }
    } catch (OrtException e) {
      throw new SuperResolutionException(name + ": cannot close the ONNX Runtime session", e);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
