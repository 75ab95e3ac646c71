// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import io.github.sr4j.Output;
import io.github.sr4j.ProgressListener.Progress;
import io.github.sr4j.cli.serve.Admission.Place;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The work on one image. Its state belongs to the event loop. */
final class Job {

  /** The state of a job; the last three are final. */
  enum State {
    /** Its turn has not come, or no tile is done yet. */
    WAITING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    boolean isFinal() {
      return compareTo(DONE) >= 0;
    }
  }

  private static final JsonMapper JSON = new JsonMapper();

  private final String id;
  private final Place place;
  private final List<Consumer<Job>> followers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private State state = State.WAITING;
  private @Nullable Progress progress;
  private @Nullable CompletableFuture<byte[]> work;
  private @Nullable Buffer result;
  private @Nullable Output output;
  private @Nullable Problem problem;
  private boolean wasFollowed;
  private long since = System.nanoTime(); // the end, or the last sign of interest

  Job(String id, Place place) {
    this.id = id;
    this.place = place;
  }

  String id() {
    return id;
  }

  Place place() {
    return place;
  }

  State state() {
    return state;
  }

  Optional<Buffer> result() {
    return Optional.ofNullable(result);
  }

  Optional<Output> output() {
    return Optional.ofNullable(output);
  }

  Optional<Problem> problem() {
    return Optional.ofNullable(problem);
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Is told that the work has been handed over; it is cancelled if the job was, meanwhile. */
  void begun(CompletableFuture<byte[]> future, Output format) {
    work = future;
    output = format;
    if (state.isFinal()) {
      future.cancel(true);
    }
  }

  void progressed(Progress current) {
    if (!state.isFinal()) {
      state = State.RUNNING;
      progress = current;
      tell();
    }
  }

  void noted(String note) {
    notes.add(note);
  }

  void succeeded(byte[] image) {
    end(State.DONE, () -> result = Buffer.buffer(image));
  }

  void failed(Problem reason) {
    end(State.FAILED, () -> problem = reason);
  }

  /** Stops the work. A job that has ended stays as it is. */
  void cancel() {
    end(State.CANCELLED, () -> problem = new Problem(409, "the job was cancelled"));
    if (work != null) {
      work.cancel(true);
    }
  }

  private void end(State last, Runnable outcome) {
    if (!state.isFinal()) {
      state = last;
      outcome.run();
      since = System.nanoTime();
      place.close();
      tell();
      followers.clear();
    }
  }

  /** Tells a follower every change of this job, until one of them is final. */
  void follow(Consumer<Job> follower) {
    wasFollowed = true;
    follower.accept(this);
    if (!state.isFinal()) {
      followers.add(follower);
    }
  }

  void unfollow(Consumer<Job> follower) {
    followers.remove(follower);
    since = System.nanoTime();
  }

  private void tell() {
    List.copyOf(followers).forEach(follower -> follower.accept(this));
  }

  /** Is told that someone has asked for this job. */
  void asked() {
    if (!state.isFinal()) {
      since = System.nanoTime();
    }
  }

  /** Returns whether those who followed it have left, a given time ago. */
  boolean isAbandoned(long nanos) {
    return wasFollowed && !state.isFinal() && followers.isEmpty() && isOlder(nanos);
  }

  /** Returns whether it ended more than a given time ago. */
  boolean isOld(long nanos) {
    return state.isFinal() && isOlder(nanos);
  }

  private boolean isOlder(long nanos) {
    return System.nanoTime() - since > nanos;
  }

  long bytes() {
    return result == null ? 0 : result.length();
  }

  /** Returns what the API says of this job. */
  ObjectNode json() {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", id).put("state", Ascii.toLowerCase(state.name()));
    if (progress != null) {
      node.put("tiles_done", progress.tilesDone()).put("tiles", progress.tiles());
      if (!state.isFinal()) {
        node.put("remaining_seconds", progress.remaining().toMillis() / 1e3);
      }
    }
    if (state == State.DONE) {
      node.put("result", "/v1/jobs/" + id + "/result");
    }
    if (problem != null) {
      node.putObject("problem").put("status", problem.status()).put("detail", problem.detail());
    }
    ArrayNode texts = node.putArray("notes");
    notes.forEach(texts::add);
    return node;
  }
}
