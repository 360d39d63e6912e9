package io.semblance.cli.hub;

import io.semblance.embedding.model.ModelFiles.Reason;
import io.semblance.embedding.model.NumericFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a fetch will bring.
 *
 * @param repository on the hub
 * @param revision as it was asked for
 * @param commit that the revision is
 * @param directory where the files will lie
 * @param formats in which the networks among the files can be run, the most exact first
 * @param files how many
 * @param bytes of all of them
 * @param bytesMissing of those that are not there yet
 * @param leftOut the repository's other files, by why they are left out
 */
public record FetchPlan(
    String repository,
    String revision,
    String commit,
    Path directory,
    List<NumericFormat> formats,
    int files,
    long bytes,
    long bytesMissing,
    Map<Reason, LeftOut> leftOut) {
  /**
   * Files that are left out.
   *
   * @param files how many
   * @param bytes of all of them
   */
  public record LeftOut(int files, long bytes) {}

  /** Copies in. */
  public FetchPlan {
    formats = List.copyOf(formats);
    leftOut = Map.copyOf(leftOut);
  }
}
