package io.semblance.embedding.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.semblance.embedding.model.ModelPackage.TextTower;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Reads {@code tokenizer.json} as its reference does. transformers adds the special tokens of
 * {@code tokenizer_config.json}; open_clip has none: what looks like one in a text is text.
 */
final class TokenizerFile {
  /** Of OpenAI's CLIP, which open_clip takes where a configuration names no other. */
  private static final String OPEN_CLIP = "/open-clip-tokenizer.json";

  static final String CONFIGURATION = "tokenizer_config.json";
  private static final String ADDED = "added_tokens";

  private TokenizerFile() {}

  /**
   * Returns the tokenizer of {@code tower}, to be closed by the caller.
   *
   * @throws InvalidModelException if its file is damaged
   */
  static HuggingFaceTokenizer load(TextTower tower) {
    Path file = tower.tokenizer();
    JsonNode content = file == null ? PackageJson.resource(OPEN_CLIP) : PackageJson.tree(file);
    if (!(content instanceof ObjectNode tokenizer) || !content.path("model").isObject()) {
      throw new InvalidModelException(
          "%s: \"model\" is missing: it is no tokenizer of Hugging Face's; fetch it again"
              .formatted(file));
    }
    if (tower.cleaning()) {
      tokenizer.set(ADDED, JsonNodeFactory.instance.arrayNode());
    } else if (file != null) {
      addSpecial(tokenizer, file.resolveSibling(CONFIGURATION));
    }
    byte[] bytes = tokenizer.toString().getBytes(StandardCharsets.UTF_8);
    try {
      return HuggingFaceTokenizer.newInstance(
          new ByteArrayInputStream(bytes),
          Map.of(
              "maxLength",
              Integer.toString(tower.contextLength()),
              "truncation",
              "true",
              "padding",
              "false"));
    } catch (IOException | RuntimeException e) {
      throw new InvalidModelException(
          "%s is damaged, or no tokenizer of Hugging Face's: %s; fetch it again"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static void addSpecial(ObjectNode tokenizer, Path configuration) {
    if (!Files.exists(configuration)) {
      return;
    }
    SequencedMap<Integer, JsonNode> tokens = new LinkedHashMap<>();
    tokenizer.path(ADDED).forEach(token -> tokens.put(token.path("id").asInt(), token));
    PackageJson.tree(configuration)
        .path("added_tokens_decoder")
        .properties()
        .forEach(entry -> {
          if (entry.getKey().matches("\\d{1,9}")
              && entry.getValue() instanceof ObjectNode described) {
            ObjectNode token = described.deepCopy();
            token.put("id", Integer.parseInt(entry.getKey()));
            tokens.put(Integer.parseInt(entry.getKey()), token);
          }
        });
    ArrayNode added = tokenizer.putArray(ADDED);
    tokens.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(token -> added.add(token.getValue()));
  }
}
