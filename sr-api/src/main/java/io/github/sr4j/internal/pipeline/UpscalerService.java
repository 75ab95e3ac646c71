// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.Calls;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The upscalers of a program, each opened by the first thread that asks for it while further ones
 * wait. An opening that fails is forgotten, so that the next one to ask tries again.
 */
final class UpscalerService implements Upscaler.Service {

  private final UpscalerBuilder settings;
  private final ModelOpener opener;
  private final Calls calls;
  private final Map<Model, CompletableFuture<NetworkUpscaler>> openings =
      new HashMap<>(); // by this
  private boolean isClosed; // guarded by this

  UpscalerService(UpscalerBuilder settings, ModelOpener opener, Calls calls) {
    this.settings = settings;
    this.opener = opener;
    this.calls = calls;
  }

  @Override
  public Upscaler forScale(int scale) {
    return forModel(settings.ofScale(opener, scale));
  }

  @Override
  public Upscaler forModel(Model model) {
    requireNonNull(model, "model");
    while (true) {
      CompletableFuture<NetworkUpscaler> opening = new CompletableFuture<>();
      CompletableFuture<NetworkUpscaler> other;
      synchronized (this) {
        checkState(!isClosed, "the service of upscalers is closed");
        other = openings.putIfAbsent(model, opening);
      }
      if (other == null) {
        return open(model, opening);
      }
      Optional<Upscaler> opened = awaited(model, other);
      if (opened.isPresent()) {
        return opened.get();
      }
    }
  }

  private Upscaler open(Model model, CompletableFuture<NetworkUpscaler> opening) {
    try {
      NetworkUpscaler upscaler = settings.open(opener, model, calls, Optional.of(this));
      opening.complete(upscaler);
      return upscaler;
    } catch (Throwable e) { // whatever it is goes to everyone who asks at this time
      synchronized (this) {
        openings.remove(model, opening);
      }
      opening.completeExceptionally(e);
      throw e;
    }
  }

  /** Returns the upscaler of another thread's opening; empty if that thread was interrupted. */
  private static Optional<Upscaler> awaited(
      Model model, CompletableFuture<NetworkUpscaler> opening) {
    try {
      return Optional.of(opening.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException(model.name() + ": interrupted while another thread opened it");
      cancelled.initCause(e);
      throw cancelled;
    } catch (CancellationException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof CancellationException) {
        return Optional.empty();
      }
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause); // an opening throws nothing that is checked
    }
  }

  @Override
  public Upscaler.Statistics statistics() {
    return calls.statistics();
  }

  @Override
  public void close() {
    List<CompletableFuture<NetworkUpscaler>> all;
    synchronized (this) {
      if (isClosed) {
        return;
      }
      all = List.copyOf(openings.values());
      List<NetworkUpscaler> opened =
          all.stream()
              .filter(opening -> opening.isDone() && !opening.isCompletedExceptionally())
              .map(CompletableFuture::join)
              .toList();
      opened.forEach(NetworkUpscaler::checkNotTelling);
      isClosed = true;
      // A call that waits for its turn must not get it while a slow opening is awaited below.
      opened.forEach(NetworkUpscaler::refuseCalls);
    }
    List<NetworkUpscaler> upscalers =
        all.stream().flatMap(opening -> opened(opening).stream()).toList();
    upscalers.forEach(NetworkUpscaler::refuseCalls);
    RuntimeException failure = null;
    for (NetworkUpscaler upscaler : upscalers) {
      failure = freed(upscaler, failure);
    }
    calls.async().close();
    if (failure != null) {
      throw failure;
    }
  }

  /** Waits for an opening, and returns its upscaler; empty if it failed. */
  private static Optional<NetworkUpscaler> opened(CompletableFuture<NetworkUpscaler> opening) {
    try {
      return Optional.of(opening.join());
    } catch (CompletionException | CancellationException e) {
      return Optional.empty(); // whoever asked for it knows
    }
  }

  private static @Nullable RuntimeException freed(
      NetworkUpscaler upscaler, @Nullable RuntimeException before) {
    try {
      upscaler.free();
      return before;
    } catch (RuntimeException e) {
      if (before != null) {
        before.addSuppressed(e);
        return before;
      }
      return e;
    }
  }
}
