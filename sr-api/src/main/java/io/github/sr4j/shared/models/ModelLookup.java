// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.models;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Files;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.Model;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The search for the backend that opens a model: by the model's name, or by its extension. */
public final class ModelLookup {

  /**
   * A model and the backend that opens it.
   *
   * @param model that of a package if it was asked for by name
   */
  public record Found(UpscalerProvider backend, Model model) {}

  private static final Logger logger = LoggerFactory.getLogger(ModelLookup.class);

  private final ImmutableList<UpscalerProvider> backends;
  private final Catalog catalog;

  /** Creates a lookup among some backends and the models of other jars. */
  public ModelLookup(List<UpscalerProvider> backends, List<Model.Provider> packages) {
    this.backends =
        ImmutableList.sortedCopyOf(
            Comparator.comparingInt(UpscalerProvider::priority).reversed(), backends);
    this.catalog = new Catalog(this.backends, packages);
  }

  /** Returns the lookup among what is on the class path. */
  public static ModelLookup onClassPath() {
    return new ModelLookup(UpscalerProvider.all(), Catalog.packagesOnClassPath());
  }

  /** Returns the backends, by falling priority. */
  public List<UpscalerProvider> backends() {
    return backends;
  }

  /** Returns the models that are opened by name. */
  public Catalog catalog() {
    return catalog;
  }

  /**
   * Returns the backend that opens a model.
   *
   * @param named the model, or the name of one of the catalogue
   * @throws IllegalArgumentException if no model has the name
   * @throws BackendNotFoundException if no backend opens the format
   */
  public Found find(Model named) {
    requireBackend();
    Model model = resolved(named);
    return new Found(model.isEmbedded() ? backendOfName(model) : backendOfFormat(model), model);
  }

  /** Returns the model of a package if one has it by its name. */
  private Model resolved(Model model) {
    if (!model.isEmbedded() || backendWith(model).isPresent()) {
      return model;
    }
    boolean isDeclared = !model.declaration().equals(Model.Declaration.none());
    return catalog
        .packaged(model.name())
        .map(packaged -> isDeclared ? packaged.declared(model.declaration()) : packaged)
        .orElse(model);
  }

  private Optional<UpscalerProvider> backendWith(Model model) {
    return backends.stream()
        .filter(
            backend ->
                backend.embeddedModels().stream()
                    .anyMatch(card -> Catalog.names(card).contains(model.name())))
        .findFirst();
  }

  private UpscalerProvider backendOfName(Model model) {
    return backendWith(model)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "model must be an embedded model, of which there are %s, but was \"%s\"; a"
                            + " file is given as a Path",
                        catalog.names(), model.name())));
  }

  private UpscalerProvider backendOfFormat(Model model) {
    String extension = Files.getFileExtension(model.name()).toLowerCase(Locale.ROOT);
    List<UpscalerProvider> able =
        backends.stream().filter(backend -> backend.modelExtensions().contains(extension)).toList();
    if (!able.isEmpty()) {
      return first(able, "open files of the extension \"" + extension + "\"");
    }
    throw new BackendNotFoundException(
        String.format(
            "no backend opens %s (extension \"%s\"); on the class path %s",
            model, extension, backends.stream().map(ModelLookup::formats).collect(joining(", "))),
        null);
  }

  private static String formats(UpscalerProvider backend) {
    return String.format(
        "\"%s\" opens .%s",
        backend.name(), String.join(", .", new TreeSet<>(backend.modelExtensions())));
  }

  /** Returns the first of some backends that can do the same, and warns if it has no priority. */
  public static UpscalerProvider first(List<UpscalerProvider> able, String what) {
    UpscalerProvider first = able.get(0);
    if (able.size() > 1 && able.get(1).priority() == first.priority()) {
      logger.warn(
          "the backends \"{}\" and \"{}\" {} and have the same priority, {}; \"{}\" is used, whose"
              + " name comes first",
          first.name(),
          able.get(1).name(),
          what,
          first.priority(),
          first.name());
    }
    return first;
  }

  /**
   * Checks that there is a backend.
   *
   * @throws BackendNotFoundException if there is none
   */
  public void requireBackend() {
    if (backends.isEmpty()) {
      throw new BackendNotFoundException(
          "no backend is on the class path; add the artifact that contains one (for example"
              + " sr-onnx) to the runtime class path",
          null);
    }
  }
}
