// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;

/**
 * The class loader of an application that used SR4J is freed once the application is undeployed. In
 * a JVM of its own, in which nothing was loaded before.
 */
final class RedeploymentTest {

  /** A web application, which brings SR4J along. */
  public static final class Application {

    private Application() {}

    /** Enlarges an image in all ways. */
    public static void run() throws IOException {
      Path folder = Files.createTempDirectory("sr4j-redeployment-");
      BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
      Path file = folder.resolve("in.png");
      ImageIO.write(image, "png", file.toFile());
      try (Upscaler upscaler = Upscaler.create()) {
        upscaler.upscale(image);
        upscaler.upscale(file, folder.resolve("out.png"));
        upscaler.upscaleAsync(image).join();
        upscaler.upscaleAll(
            Stream.of(file), source -> folder.resolve("of-all.png"), UpscaleOptions.defaults());
      }
    }
  }

  /** A server, which shares ONNX Runtime among applications and undeploys one. */
  static final class Server {

    private Server() {}

    public static void main(String[] args) throws Exception {
      List<URL> shared = new ArrayList<>();
      List<URL> ofApplication = new ArrayList<>();
      for (String entry :
          Splitter.on(File.pathSeparatorChar).split(System.getProperty("java.class.path"))) {
        boolean isShared = entry.contains("onnxruntime") || entry.contains("slf4j");
        (isShared ? shared : ofApplication).add(Path.of(entry).toUri().toURL());
      }
      ClassLoader server =
          new URLClassLoader(shared.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      ImageIO.getCacheDirectory(); // as Tomcat does: the JDK keeps the first context class loader
      if (args[0].equals("OnnxRuntime")) {
        Class.forName("ai.onnxruntime.OrtEnvironment", true, server)
            .getMethod("getEnvironment")
            .invoke(null);
      }
      ReferenceQueue<ClassLoader> freed = new ReferenceQueue<>();
      WeakReference<ClassLoader> application = run(ofApplication, server, freed);
      // JDKs before 19 keep the class of the last record that was compared (JDK-8078641).
      System.out.print(new Next("a").equals(new Next("b")) ? "equal" : "");
      boolean isFreed = false;
      for (int i = 0; i < 300 && !isFreed; i++) { // threads that idle end by then
        System.gc();
        isFreed = application.equals(freed.remove(100));
      }
      System.out.println(isFreed ? "freed" : "kept");
    }

    /** A record of the next application. */
    private record Next(Object value) {}

    private static WeakReference<ClassLoader> run(
        List<URL> files, ClassLoader server, ReferenceQueue<ClassLoader> freed) throws Exception {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      try (URLClassLoader application = new URLClassLoader(files.toArray(new URL[0]), server)) {
        thread.setContextClassLoader(application);
        Class.forName(Application.class.getName(), true, application).getMethod("run").invoke(null);
        return new WeakReference<>(application, freed);
      } finally {
        thread.setContextClassLoader(before);
      }
    }
  }

  /** Serves an application that has what it uses first started by the server, or not. */
  private static String serve(String start) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:SoftRefLRUPolicyMSPerMB=0", // or soft references would keep it for a while
                "-cp",
                System.getProperty("java.class.path"),
                Server.class.getName(),
                start)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output.strip();
  }

  @Test
  void classLoaderOfAnApplication_isFreed_ifTheServerStartsOnnxRuntime() throws Exception {
    assertThat(serve("OnnxRuntime")).isEqualTo("freed");
  }

  /** Before JDK 24, a thread keeps the classes whose methods call its constructor. */
  @Test
  @EnabledForJreRange(minVersion = 24)
  void classLoaderOfAnApplication_isFreed_ifItStartsOnnxRuntime() throws Exception {
    assertThat(serve("nothing")).isEqualTo("freed");
  }
}
