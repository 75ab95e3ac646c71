// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Libraries of NVIDIA's names with a few functions, compiled where there is a compiler of C. */
final class Stubs {

  private static final String DRIVER =
      """
      #include <stddef.h>
      #include <string.h>
      int cuInit(unsigned flags) { return INIT; }
      int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
      int cuDeviceGetCount(int *count) { *count = COUNT; return 0; }
      int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
      int cuDeviceGetName(char *name, int length, int device) {
        strncpy(name, "Stub Card", length); return 0;
      }
      int cuDeviceGetAttribute(int *value, int attribute, int device) {
        *value = attribute == 75 ? MAJOR : MINOR; return 0;
      }
      int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 8ull << 30; return 0; }
      int cuDeviceGetPCIBusId(char *id, int length, int device) {
        strncpy(id, "0000:01:00.0", length); return 0;
      }
      """;

  private static final String MONITOR =
      """
      #include <string.h>
      int nvmlInit_v2(void) { return 0; }
      int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **handle) {
        *handle = (void *) 42; return strcmp(id, "0000:01:00.0");
      }
      int nvmlDeviceGetMemoryInfo(void *handle, unsigned long long *memory) {
        memory[0] = 8ull << 30; memory[1] = FREE; memory[2] = memory[0] - memory[1];
        return handle == (void *) 42 ? 0 : 1;
      }
      """;

  private static final String RUNTIME =
      """
      int cudaLibraryGetKernel(void) { return 0; }
      int cudaRuntimeGetVersion(int *version) { *version = RUNTIME_VERSION; return 0; }
      """;

  private static final String OLD_RUNTIME =
      """
      int cudaRuntimeGetVersion(int *version) { *version = 12060; return 0; }
      """;

  private static final String CUDNN =
      """
      #include <stddef.h>
      #include <stdio.h>
      #include <stdlib.h>
      static int check(int result) {
        if (result == 134) {
          fprintf(stderr, "Could not load library libcudnn_ops.so.9. Error: absent\\n");
          abort();
        }
        return result;
      }
      size_t cudnnGetVersion(void) { return CUDNN_VERSION; }
      int cudnnGraphVersionCheck(void) { return 0; }
      int cudnnOpsVersionCheck(void) { return check(OPS); }
      int cudnnCnnVersionCheck(void) { return 0; }
      """;

  private Stubs() {}

  /** Skips the test where no library can be compiled. */
  static void assumeCompiler() {
    assumeTrue(
        System.getProperty("os.name").startsWith("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the stubs are for Linux on x86-64");
    assumeTrue(
        List.of("/usr/bin/cc", "/usr/local/bin/cc").stream()
            .anyMatch(file -> Files.isExecutable(Path.of(file))),
        "there is no compiler of C, cc");
  }

  /** Makes a driver with one card of compute capability 8.6, unless other values are given. */
  static Path driver(Path folder, Map<String, Object> values)
      throws IOException, InterruptedException {
    Map<String, Object> all = new TreeMap<>();
    all.putAll(Map.of("INIT", 0, "VERSION", 12_080, "COUNT", 1, "MAJOR", 8, "MINOR", 6));
    all.putAll(values);
    return compile(folder.resolve("libcuda.so.1"), DRIVER, all);
  }

  /** Makes the driver's library that tells of free memory. */
  static Path monitor(Path folder, long freeBytes) throws IOException, InterruptedException {
    return compile(folder.resolve("libnvidia-ml.so.1"), MONITOR, Map.of("FREE", freeBytes + "ull"));
  }

  /** Makes all libraries of CUDA 12.9 and cuDNN 9.10.2, unless other values are given. */
  static void libraries(Path folder, Map<String, Object> values)
      throws IOException, InterruptedException {
    Map<String, Object> all = new TreeMap<>();
    all.putAll(Map.of("RUNTIME_VERSION", 12_090, "CUDNN_VERSION", 91_002, "OPS", 0));
    all.putAll(values);
    for (String name : Platform.LINUX.toolkit()) {
      compile(folder.resolve(name), name.contains("cudart") ? RUNTIME : "", all);
    }
    for (String name : Platform.LINUX.cudnn()) {
      compile(folder.resolve(name), name.equals("libcudnn.so.9") ? CUDNN : "", all);
    }
  }

  /** Replaces CUDA's runtime by that of 12.6. */
  static void oldRuntime(Path folder) throws IOException, InterruptedException {
    Path versioned = compile(folder.resolve("libcudart.so.12.6.77"), OLD_RUNTIME, Map.of());
    Files.deleteIfExists(folder.resolve("libcudart.so.12"));
    Files.createSymbolicLink(folder.resolve("libcudart.so.12"), versioned);
  }

  private static Path compile(Path file, String source, Map<String, Object> values)
      throws IOException, InterruptedException {
    Path code = Files.writeString(Files.createTempFile("stub", ".c"), source + "\n");
    List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-w"));
    values.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.addAll(List.of("-Wl,-soname," + file.getFileName(), "-o", file.toString()));
    command.add(code.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    Files.delete(code);
    return file;
  }
}
