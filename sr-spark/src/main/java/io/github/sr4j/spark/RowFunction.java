// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import com.google.common.collect.Iterators;
import io.github.sr4j.Device;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The function that executors run: adds the outcome to each row of a partition, one row at a time.
 *
 * @param from the index of the column of sources
 * @param isContent whether that column holds bytes, not paths
 * @param into the index of the column of targets; -1 if the bytes of results are wanted
 */
record RowFunction(
    UpscalerForm upscaler,
    CallForm call,
    Broadcast<SerializableConfiguration> hadoop,
    Counters counters,
    int from,
    boolean isContent,
    int into)
    implements MapPartitionsFunction<Row, Row> {

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    TaskContext task = TaskContext.get();
    Device device = upscaler.device(task.resourcesJMap());
    int threads = task.cpus();
    SharedUpscalers.Use use =
        SharedUpscalers.OF_PROCESS.use(
            upscaler.key(device, threads), () -> upscaler.open(device, threads));
    task.addTaskCompletionListener(
        ended -> {
          use.close();
        });
    RowUpscaler images =
        new RowUpscaler(
            use.upscaler(),
            call.options(),
            new RemoteFiles(hadoop.value().value()),
            counters,
            task);
    return Iterators.transform(rows, row -> with(row, outcome(row, images)));
  }

  private Row outcome(Row row, RowUpscaler images) {
    RowUpscaler.Source source =
        isContent
            ? RowUpscaler.Source.bytes(row.getAs(from))
            : RowUpscaler.Source.file(row.getAs(from));
    if (into < 0) {
      return images.enlarge(source, Optional.empty());
    }
    if (row.isNullAt(into)) {
      return images.withoutTarget(source);
    }
    return images.enlarge(source, Optional.of(row.getString(into)));
  }

  private static Row with(Row row, Row outcome) {
    Object[] values = new Object[row.size() + 1];
    for (int i = 0; i < row.size(); i++) {
      values[i] = row.get(i);
    }
    values[row.size()] = outcome;
    return RowFactory.create(values);
  }
}
