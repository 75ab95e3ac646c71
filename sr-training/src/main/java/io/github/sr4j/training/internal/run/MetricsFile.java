// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.training.internal.files.Listing;
import io.github.sr4j.training.internal.files.TextFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of comma-separated numbers (RFC 4180) with names in its first line and a row for each
 * recorded step, the step first. A row reaches the file when it is added, so that a killed run
 * leaves it. Confined to one thread.
 */
public final class MetricsFile implements Closeable {

  private static final int MAX_BYTES = 1 << 30;

  /** The facts that a resumed run takes from the rows before it. */
  private static final ImmutableSet<String> COLUMNS =
      ImmutableSet.of("step", "loss", "learning_rate", "psnr", "ssim", "seconds");

  private static final Pattern CELL = Pattern.compile("(?:\"((?:[^\"]|\"\")*)\"|([^,]*))(,|$)");

  /**
   * The content of a file.
   *
   * @param columns the names
   * @param rows the numbers of each row, as many as there are columns; NaN for an empty cell
   */
  public record Table(List<String> columns, List<double[]> rows) {

    /** Returns the numbers of a column that there is. */
    public double[] column(String name) {
      int index = columns.indexOf(name);
      return rows.stream().mapToDouble(row -> row[index]).toArray();
    }
  }

  private final Path file;
  private final FileChannel channel;
  private List<String> columns;
  private long lastRow; // where it begins

  private MetricsFile(Path file, FileChannel channel, List<String> columns) throws IOException {
    this.file = file;
    this.channel = channel;
    this.columns = columns;
    this.lastRow = channel.position();
  }

  /**
   * Opens a file to add rows to it.
   *
   * @param step the step whose row is to be the last, for a resumed run does those after it again;
   *     0 begins the file anew
   */
  public static MetricsFile open(Path file, long step) throws IOException {
    String text = step > 0 && Files.exists(file) ? Files.readString(file) : "";
    Table table = parse(file, text);
    long lines = table.rows.stream().filter(row -> row[0] <= step).count();
    lines += table.columns.isEmpty() ? 0 : 1;
    int end = 0;
    for (long line = 0; line < lines; line++) {
      end = text.indexOf('\n', end) + 1;
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
    channel.position(channel.size());
    return new MetricsFile(file, channel, table.columns);
  }

  /**
   * Makes sure that a run can go on with a file: renames one that is not as a run has written it,
   * such as one that a spreadsheet has saved.
   *
   * @param warning is told of that
   */
  public static void setAsideIfDamaged(Path file, Consumer<String> warning) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    String defect;
    try {
      Table table = parse(file, TextFiles.read(file, MAX_BYTES));
      defect = defect(file, table);
    } catch (IOException e) {
      defect = e.getMessage();
    }
    if (defect != null) {
      Path renamed = file.resolveSibling(file.getFileName() + ".damaged");
      Files.move(file, renamed, StandardCopyOption.REPLACE_EXISTING);
      warning.accept(
          String.format(
              "%s; it was renamed to %s, and the steps before are not in the new one",
              defect, renamed.getFileName()));
    }
  }

  private static @Nullable String defect(Path file, Table table) {
    if (table.columns.isEmpty()) {
      return null; // killed before the first line was whole
    }
    boolean isOfRun =
        table.columns.get(0).equals("step")
            && table.columns.containsAll(COLUMNS)
            && Set.copyOf(table.columns).size() == table.columns.size();
    if (!isOfRun) {
      return String.format(
          "%s: line 1 must be the names of columns, step first, with %s, but is \"%s\"",
          file, String.join(", ", COLUMNS), Listing.of(table.columns));
    }
    double last = 0;
    for (double[] row : table.rows) {
      if (!(row[0] > last)) {
        return String.format("%s: steps must rise, but %s follows %s", file, row[0], last);
      }
      last = row[0];
    }
    return null;
  }

  /** Reads a file. A last row without an end, which a killed run may leave, is left out. */
  public static Table read(Path file) throws IOException {
    return parse(file, Files.readString(file));
  }

  /**
   * Adds a row.
   *
   * @param row the numbers by the name of the column, the step first; those that are NaN are left
   *     empty. A name that is new gets a column, behind that of the name before it.
   */
  public void add(Map<String, Double> row) throws IOException {
    if (!columns.containsAll(row.keySet())) {
      widen(new ArrayList<>(row.keySet()));
    }
    lastRow = channel.position();
    append(line(row));
  }

  /** Writes the last row anew, with more in it. */
  public void replaceLast(Map<String, Double> row) throws IOException {
    channel.truncate(lastRow);
    add(row);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void widen(List<String> names) throws IOException {
    Table old = read(file);
    List<String> wider = new ArrayList<>(columns);
    for (int i = 0; i < names.size(); i++) {
      if (!wider.contains(names.get(i))) {
        wider.add(i == 0 ? 0 : wider.indexOf(names.get(i - 1)) + 1, names.get(i));
      }
    }
    columns = wider;
    channel.truncate(0);
    append(String.join(",", columns.stream().map(MetricsFile::quoted).toList()));
    for (double[] cells : old.rows) {
      Map<String, Double> row = new LinkedHashMap<>();
      for (int i = 0; i < cells.length; i++) {
        row.put(old.columns.get(i), cells[i]);
      }
      append(line(row));
    }
  }

  private String line(Map<String, Double> row) {
    List<String> cells = new ArrayList<>();
    for (String column : columns) {
      double value = row.getOrDefault(column, Double.NaN);
      cells.add(
          Double.isNaN(value)
              ? ""
              : cells.isEmpty() ? Long.toString((long) value) : Double.toString(value));
    }
    return String.join(",", cells);
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String quoted(String name) {
    return name.contains(",") || name.contains("\"")
        ? "\"" + name.replace("\"", "\"\"") + "\""
        : name;
  }

  private static Table parse(Path file, String text) throws IOException {
    List<String> columns = List.of();
    List<double[]> rows = new ArrayList<>();
    int line = 0;
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      List<String> cells = cells(text.substring(start, end));
      start = end + 1;
      if (++line == 1) {
        columns = cells;
      } else {
        rows.add(numbers(cells, columns.size(), file + ": line " + line));
      }
    }
    return new Table(columns, rows);
  }

  private static double[] numbers(List<String> cells, int count, String where) throws IOException {
    if (cells.size() != count) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%s must have %d cells, but has %d", where, count, cells.size()));
    }
    double[] row = new double[count];
    for (int i = 0; i < count; i++) {
      try {
        row[i] = cells.get(i).isEmpty() ? Double.NaN : Double.parseDouble(cells.get(i));
      } catch (NumberFormatException e) {
        throw new IOException(
            String.format("%s must have numbers, but has \"%s\"", where, cells.get(i)), e);
      }
    }
    return row;
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    Matcher matcher = CELL.matcher(line);
    boolean isMore = true;
    while (isMore && matcher.find()) {
      String quoted = matcher.group(1);
      cells.add(quoted != null ? quoted.replace("\"\"", "\"") : matcher.group(2));
      isMore = !matcher.group(3).isEmpty();
    }
    return cells;
  }
}
