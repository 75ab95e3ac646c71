// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import io.github.sr4j.onnx.graph.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The messages of ONNX Runtime, in words for people. */
public final class RuntimeMessages {

  private static final Pattern MISSING_LIBRARY =
      Pattern.compile("(lib[\\w.+-]+?\\.so[.\\d]*|\\w+\\.dll)\\S*: cannot open shared object file");

  private static final Pattern MISSING_FUNCTION =
      Pattern.compile("undefined symbol: ((?:cuda|cudnn|cublas)\\w+)");

  // Where in its source the runtime noticed a failure, and the signature of the function.
  private static final Pattern SOURCE_PLACE =
      Pattern.compile("/onnxruntime_src/\\S+:\\d+ [\\w:<>~*& ]+(\\([^()]*\\))?( const)?(?=\\s) ?");

  private RuntimeMessages() {}

  /** Returns the message of a failure in one line, without its numbers for programs. */
  public static String inOneLine(@Nullable String message) {
    return Printable.message(
        SOURCE_PLACE
            .matcher(String.valueOf(message).replaceFirst("^Error code - \\w+ - message: ", ""))
            .replaceAll("")
            .strip()
            .replaceAll("\\s*\\R\\s*", "; "));
  }

  /** Returns what a failure of a device means, or the message itself if that is unknown. */
  public static String explained(String message) {
    Matcher missing = MISSING_LIBRARY.matcher(message);
    if (missing.find()) {
      return "the library " + missing.group(1) + " is not on the library path";
    }
    Matcher function = MISSING_FUNCTION.matcher(message);
    if (function.find()) {
      return "CUDA or cuDNN is older than this build of ONNX Runtime needs: it lacks "
          + function.group(1);
    }
    if (message.contains("invalid device ordinal")) {
      return "this machine has no CUDA card of that number";
    }
    if (message.contains("no CUDA-capable device")) {
      return "this machine has no CUDA card, or this process may not use it";
    }
    if (message.contains("driver version is insufficient")) {
      return "the CUDA driver is older than this build of ONNX Runtime needs";
    }
    if (message.contains("Failed to get a WebGPU adapter")) {
      return "WebGPU accepts no graphics card of this machine: the driver lacks what it needs";
    }
    if (message.contains("Failed to find CUDA shared provider")) {
      return "the ONNX Runtime that is loaded is the build for the CPU";
    }
    if (message.contains("no kernel image is available")) {
      return "this build of ONNX Runtime holds no machine code for this CUDA card";
    }
    return message;
  }
}
