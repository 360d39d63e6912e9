package io.semblance.cli.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository at one commit.
 *
 * @param id as the hub names it: {@code namespace/name}, or {@code name} alone
 * @param revision as it was asked for: a branch, a tag or a commit
 * @param commit that the revision is
 * @param files of the commit
 */
record HubRepository(String id, String revision, String commit, List<RepositoryFile> files) {
  private static final int ID_LENGTH_MAX = 96;
  private static final int PAGES_MAX = 200;
  private static final Pattern ID =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /**
   * Refuses what cannot be a repository's name.
   *
   * @throws IllegalArgumentException with what a name looks like
   */
  static void requireId(String id) {
    if (!ID.matcher(id).matches()
        || id.length() > ID_LENGTH_MAX
        || id.contains("..")
        || id.contains("--")
        || id.endsWith(".git")) {
      throw new IllegalArgumentException(
          "\"%s\" is no name of a repository on a hub: say namespace/name, as in Xenova/clip-vit-base-patch32"
              .formatted(HubException.printable(id)));
    }
  }

  /**
   * Asks the hub which commit a revision is, and which files it has.
   *
   * @throws HubException if the hub cannot be reached, does not tell, or lists what is not safe
   */
  static HubRepository read(HubClient hub, String id, String revision, FetchListener listener)
      throws HubException, InterruptedException {
    requireId(id);
    URI uri = hub.endpoint().revision(id, revision);
    String commit =
        hub.page(uri, id, new Attempts(hub.limits(), listener)).content().path("sha").asText();
    if (!COMMIT.matcher(commit).matches()) {
      throw HubFailures.noHub(hub.endpoint(), uri, null);
    }
    return new HubRepository(id, revision, commit, files(hub, id, commit, listener));
  }

  private static List<RepositoryFile> files(
      HubClient hub, String id, String commit, FetchListener listener)
      throws HubException, InterruptedException {
    Map<String, RepositoryFile> files = new LinkedHashMap<>();
    @Nullable URI uri = hub.endpoint().tree(id, commit);
    for (int pages = 0; uri != null; pages++) {
      if (pages == PAGES_MAX) {
        throw HubException.lasting(
            "%s lists more than %d pages of files".formatted(id, PAGES_MAX),
            "name a model's repository");
      }
      HubClient.Page page = hub.page(uri, id, new Attempts(hub.limits(), listener));
      if (!page.content().isArray()) {
        throw HubFailures.noHub(hub.endpoint(), uri, null);
      }
      for (JsonNode entry : page.content()) {
        if (entry.path("type").asText().equals("file")) {
          RepositoryFile file = RepositoryFile.read(entry);
          files.put(file.path(), file);
        }
      }
      uri = page.next();
    }
    return List.copyOf(files.values());
  }
}
