// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import io.github.sr4j.onnx.shared.ChildCheck;
import io.github.sr4j.onnx.shared.DeviceProbe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A program that loads the libraries of CUDA, asks them for their versions and runs a small network
 * on a card, in a process of its own: cuDNN ends the process that it does not like.
 *
 * <p>Its class path has this module, sr-onnx, ONNX Runtime and JNA, and nothing else.
 */
final class LibraryCheck {

  private static final int LAZY_AND_LOCAL = 1;
  private static final int MIN_CUDA = 12_080;
  private static final int CUDNN_MAJOR = 9;

  private LibraryCheck() {}

  /**
   * Checks libraries and a card.
   *
   * @param arguments the number of the card, and the libraries in the order of loading, the last of
   *     which is cuDNN's; {@code onnxruntime.native.path} names those of ONNX Runtime
   */
  public static void main(String[] arguments) throws IOException {
    String obstacle;
    try {
      obstacle =
          obstacle(Integer.parseInt(arguments[0]), List.of(arguments).subList(1, arguments.length));
    } catch (UnsatisfiedLinkError | OrtException e) {
      obstacle = String.valueOf(e.getMessage());
    }
    ChildCheck.Answer.give(obstacle);
  }

  private static String obstacle(int card, List<String> files) throws OrtException {
    List<NativeLibrary> libraries = new ArrayList<>();
    for (String file : files) {
      libraries.add(
          NativeLibrary.getInstance(file, Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_LOCAL)));
    }
    IntByReference version = new IntByReference();
    libraries.get(0).getFunction("cudaRuntimeGetVersion").invokeInt(new Object[] {version});
    if (version.getValue() < MIN_CUDA) {
      return String.format(
          "%s is of CUDA %s, but 12.8 or newer is needed",
          files.get(0), cudaText(version.getValue()));
    }
    NativeLibrary cudnn = libraries.get(libraries.size() - 1);
    String file = files.get(files.size() - 1);
    long number =
        ((Long) cudnn.getFunction("cudnnGetVersion").invoke(Long.class, new Object[0])).longValue();
    if (number / 10_000 != CUDNN_MAJOR) {
      return String.format("%s is of cuDNN %s, but 9 is needed", file, cudnnText(number));
    }
    for (String part : List.of("Graph", "Ops", "Cnn")) {
      int result = cudnn.getFunction("cudnn" + part + "VersionCheck").invokeInt(new Object[0]);
      if (result != 0) {
        return String.format(
            "the libraries beside %s are not all of cuDNN %s: its check of cudnn_%s gives %s",
            file, cudnnText(number), part.toLowerCase(Locale.ROOT), result);
      }
    }
    return ofCard(card);
  }

  private static String ofCard(int card) throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    try (SessionOptions options = new SessionOptions();
        OrtCUDAProviderOptions cuda = CudaSettings.of(card)) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.addCUDA(cuda);
      return DeviceProbe.run(environment, options).orElse("");
    }
  }

  /** Returns a version of CUDA as it is written: {@code 12.8}. */
  static String cudaText(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  /** Returns a version of cuDNN as it is written; before 9, thousands are the major version. */
  private static String cudnnText(long version) {
    long unit = version >= 90_000 ? 10_000 : 1_000;
    return version / unit + "." + version % unit / 100 + "." + version % 100;
  }
}
