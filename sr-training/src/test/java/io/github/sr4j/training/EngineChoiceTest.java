// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.LinearTrainingProvider;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Schedule;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of two engines trains, and what is said of the other. */
final class EngineChoiceTest {

  @TempDir private Path folder;
  private Path data;
  private ClassLoader context;
  private URLClassLoader loader;

  /** The engine "linear" under another name, which would be asked first by its name. */
  public static final class Another implements TrainingProvider {

    private final TrainingProvider linear = new LinearTrainingProvider();

    @Override
    public String name() {
      return "another";
    }

    @Override
    public int priority() {
      return -1;
    }

    @Override
    public String summary() {
      return "twice as quick";
    }

    @Override
    public List<String> networks() {
      return linear.networks();
    }

    @Override
    public void check(TrainingSetup setup) {
      linear.check(setup);
    }

    @Override
    public TrainingSession open(TrainingSetup setup) {
      return linear.open(setup);
    }

    @Override
    public TrainingProvider.NetworkDescription describe(String network, int scale) {
      return linear.describe(network, scale);
    }
  }

  @BeforeEach
  void twoEngines() throws IOException {
    data = Files.createDirectory(folder.resolve("photos"));
    TrainingFolders.scenes(data, 2);
    Path services = Files.createDirectories(folder.resolve("jar/META-INF/services"));
    Files.writeString(
        services.resolve(TrainingProvider.class.getName()), Another.class.getName() + "\n");
    context = Thread.currentThread().getContextClassLoader();
    URL jar = folder.resolve("jar").toUri().toURL();
    loader = new URLClassLoader(new URL[] {jar}, context);
    Thread.currentThread().setContextClassLoader(loader);
  }

  @AfterEach
  void oneEngine() throws IOException {
    Thread.currentThread().setContextClassLoader(context);
    loader.close();
  }

  private List<String> train(Trainer.Builder run) throws IOException {
    List<String> messages = new ArrayList<>();
    run.network("linear")
        .optimizer(Optimizer.sgd(0))
        .schedule(Schedule.parse("constant"))
        .data(data)
        .out(folder.resolve("out"))
        .listener(
            new Trainer.Listener() {
              @Override
              public void message(String text) {
                messages.add(text);
              }
            })
        .build()
        .train();
    return messages;
  }

  @Test
  void providers_areOrderedByPriority_thenByName() {
    assertThat(TrainingProvider.all())
        .extracting(TrainingProvider::name)
        .containsExactly("linear", "another");
    assertThat(TrainingProvider.forNetwork("linear").name()).isEqualTo("linear");
    assertThat(TrainingProvider.forNetwork("linear", "another").name()).isEqualTo("another");
  }

  @Test
  void withoutAWish_theFirstOneTrains_andTheOtherIsToldOf() throws IOException {
    assertThat(train(Trainer.builder().steps(2)))
        .containsExactly(
            "training with the engine linear; there is another too: twice as quick (engine:"
                + " another)");
  }

  @Test
  void theOneThatIsAskedFor_trains() throws IOException {
    assertThat(train(Trainer.builder().steps(2).engine("another"))).isEmpty();
    assertThat(folder.resolve("out/run.yaml")).content().contains("engine: another\n");
    assertThat(OutputFiles.readJson(folder.resolve("out/report.json")).at("/settings/engine"))
        .hasToString("\"another\"");
  }

  @Test
  void runOfOneEngine_isResumedByTheOther_whichIsSaid() throws IOException {
    train(Trainer.builder().steps(2));

    assertThat(train(Trainer.builder().steps(4).resume(true).engine("another")))
        .containsExactly(
            "the run was begun with the engine linear and goes on with another: they round"
                + " differently, so its weights will not be those of either alone, bit for bit",
            "resumed at step 2 of 4");
  }

  @Test
  void unknownEngine_isRefused_andThoseThatThereAreListed() {
    assertThatThrownBy(() -> train(Trainer.builder().engine("abacus")))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageContaining("no training engine named \"abacus\"; there is linear, another;");
    assertThatThrownBy(() -> TrainingProvider.forNetwork("nonsense", "another"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network must be one of linear, but was \"nonsense\"");
  }
}
