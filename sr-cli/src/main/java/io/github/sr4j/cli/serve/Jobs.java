// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import io.github.sr4j.cli.serve.Admission.Place;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The jobs that clients ask for later. Belongs to the event loop. */
final class Jobs {

  private static final long KEPT = Duration.ofMinutes(10).toNanos();
  private static final long ABANDONED = Duration.ofSeconds(15).toNanos();
  private static final int MAX_KEPT = 256;
  private static final int ID_BYTES = 16; // whoever does not know an id cannot guess it

  private final SecureRandom random = new SecureRandom();
  private final Map<String, Job> jobs = new LinkedHashMap<>(); // oldest first
  private final long maxResultBytes;

  Jobs(long maxResultBytes) {
    this.maxResultBytes = maxResultBytes;
  }

  /** Returns a job that is kept until it is removed, or for some time after its end. */
  Job create(Place place) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    Job job = new Job(HexFormat.of().formatHex(id), place);
    jobs.put(job.id(), job);
    return job;
  }

  Optional<Job> find(String id) {
    return Optional.ofNullable(jobs.get(id));
  }

  void remove(Job job) {
    job.cancel();
    jobs.remove(job.id());
  }

  int size() {
    return jobs.size();
  }

  /** Forgets what nobody has fetched, and cancels what those who watched it have left. */
  void sweep() {
    List.copyOf(jobs.values()).stream()
        .filter(job -> job.isOld(KEPT) || job.isAbandoned(ABANDONED))
        .forEach(this::remove);
    long bytes = jobs.values().stream().mapToLong(Job::bytes).sum();
    Iterator<Job> oldest = List.copyOf(jobs.values()).iterator();
    while (oldest.hasNext() && (bytes > maxResultBytes || jobs.size() > MAX_KEPT)) {
      Job job = oldest.next();
      if (job.state().isFinal() && oldest.hasNext()) { // the last one is that of now
        bytes -= job.bytes();
        jobs.remove(job.id());
      }
    }
  }
}
