// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Device;
import io.github.sr4j.onnx.shared.ChildCheck;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import io.github.sr4j.onnx.shared.ObstacleException;
import io.github.sr4j.onnx.shared.RuntimeMessages;
import io.github.sr4j.onnx.webgpu.Vulkan.Card;
import io.github.sr4j.shared.util.LibraryCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The WebGPU execution provider, which runs on graphics cards of any maker: through Vulkan on Linux
 * and Direct3D 12 on Windows. Experimental: the native libraries are of a build of ONNX Runtime
 * between two releases.
 */
public final class WebGpuExecutionProvider implements ExecutionProvider {

  private static final int PRIORITY = 100;

  private static final ChildCheck CHECK =
      new ChildCheck(
          "WebGPU",
          WebGpuCheck.class,
          List.of(),
          output -> output.isBlank() ? "" : ": " + RuntimeMessages.inOneLine(output));

  private final Natives natives = new Natives(Natives.platform());
  private ImmutableList<Card> cards = ImmutableList.of(); // guarded by this, as the rest
  private @Nullable Path folder;
  private @Nullable String checked; // the reason, empty if there is none

  /** Creates it; {@link java.util.ServiceLoader} does. */
  public WebGpuExecutionProvider() {}

  @Override
  public String name() {
    return "sr-onnx-webgpu";
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public Set<Device.Kind> kinds() {
    return ImmutableSet.of(Device.Kind.WEBGPU);
  }

  @Override
  public synchronized Optional<String> obstacle() {
    try {
      natives.requireThere();
      if (Natives.platform().startsWith("linux")) { // Windows always has Direct3D 12
        cards = Vulkan.cards(Vulkan.LOADER);
      }
      return Optional.empty();
    } catch (ObstacleException e) {
      return Optional.of(e.sentence());
    }
  }

  /** Tries the card when it is first asked for, not in programs that use the CPU alone. */
  @Override
  public synchronized Optional<String> obstacle(Device device) {
    if (device.index() > 0) {
      return Optional.of("WebGPU chooses the card, which is webgpu:0");
    }
    if (checked == null) {
      checked = check();
    }
    return Optional.of(checked).filter(reason -> !reason.isEmpty());
  }

  private String check() {
    try {
      Path libraries = libraries();
      CHECK.run(
          Optional.of(version()),
          libraries,
          natives.compilers().stream().map(name -> libraries.resolve(name).toString()).toList());
      return "";
    } catch (IOException e) {
      return "its libraries cannot be unpacked: " + e.getMessage();
    } catch (ObstacleException e) {
      return e.sentence();
    }
  }

  @Override
  public synchronized String version() {
    return (folder == null ? "" : folder.getFileName()) + " " + cards;
  }

  @Override
  public synchronized Path libraries() throws IOException {
    if (folder == null) {
      try {
        folder = LibraryCache.unpack(natives.libraries(), "onnxruntime-webgpu");
      } catch (ObstacleException e) {
        throw new IOException(e.sentence(), e);
      }
      for (String library : natives.compilers()) {
        System.load(folder.resolve(library).toString());
      }
    }
    return folder;
  }

  @Override
  public void addTo(SessionOptions options, Device device) throws OrtException {
    options.addWebGPU(Map.of());
  }
}
