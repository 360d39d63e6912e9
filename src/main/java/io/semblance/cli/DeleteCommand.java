package io.semblance.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes images through the service's REST interface. */
@Command(
    name = "delete",
    description =
        "Delete images from the index. A deletion is carried out a moment after it was accepted.",
    mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {
  private static final String PATH = "/v1/images/";

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ServiceClient service;

  @Parameters(paramLabel = "ID", arity = "1..*", description = "The images' ids.")
  private List<String> ids = new ArrayList<>();

  @Option(names = "--tenant", description = "The images' tenant.")
  private String tenant = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, List<String>> query =
        tenant.isEmpty() ? Map.of() : Map.of("tenant", List.of(tenant));
    PrintWriter out = spec.commandLine().getOut();
    int status = 0;
    for (String id : ids) {
      try {
        String eventId =
            service.delete(PATH + ServiceClient.encode(id), query).path("eventId").asText();
        json.print(out, Map.of("id", id, "eventId", eventId), id + "  deletion accepted");
      } catch (IllegalStateException e) { // this image's alone
        json.print(
            out,
            Map.of("id", id, "refused", String.valueOf(e.getMessage())),
            "%s  refused: %s".formatted(id, e.getMessage()));
        status = 1;
      }
    }
    return status;
  }
}
