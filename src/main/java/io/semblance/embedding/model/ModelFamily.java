package io.semblance.embedding.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The kinds of networks whose exports are understood without a model.json: which vectors their
 * reference gives, and of which output each is made.
 */
enum ModelFamily {
  CLIP(
      List.of("clip"),
      embedding("image_embeds", "image_embeds"),
      embedding("vision_pooler_output", "pooler_output")),
  OPEN_CLIP(List.of("open_clip"), embedding("image_embeds", "embedding", "image_embeds", "output")),
  SIGLIP(List.of("siglip", "siglip2"), embedding("image_embeds", "pooler_output", "image_embeds")),
  VIT(
      List.of("vit", "deit"),
      tokens("cls", Pooling.CLS),
      tokens("mean", Pooling.MEAN),
      tokens("mean_patches", Pooling.MEAN_PATCHES),
      embedding("pooler_output", "pooler_output")),
  DINOV2(
      List.of("dinov2", "dinov2_with_registers"),
      tokens("cls", Pooling.CLS),
      embedding("pooler_output", "pooler_output").or("last_hidden_state", Pooling.CLS),
      tokens("mean", Pooling.MEAN),
      tokens("mean_patches", Pooling.MEAN_PATCHES)),
  VIT_MAE(
      List.of("vit_mae"),
      tokens("cls", Pooling.CLS),
      tokens("mean", Pooling.MEAN),
      tokens("mean_patches", Pooling.MEAN_PATCHES)),
  RESNET(List.of("resnet"), pooledMap("pooler_output")),
  EFFICIENTNET(List.of("efficientnet"), pooledMap("pooler_output")),
  MOBILENET(List.of("mobilenet_v1", "mobilenet_v2"), pooledMap("pooler_output")),
  CONVNEXT(
      List.of("convnext", "convnextv2"),
      embedding("pooler_output", "pooler_output"),
      tokens("gap", Pooling.SPATIAL_MEAN)),
  TIMM(List.of("timm", "timm_wrapper"), timm("pooler_output"), timm("avgpool"), timm("features")),
  SSCD(List.of("sscd"), embedding("embedding", "embedding", TorchScriptFile.OUTPUT)),
  /** Nothing is known of it but what its files declare. */
  UNKNOWN(List.of());

  /** Where a vector may be taken from. */
  record Source(String output, Pooling pooling) {}

  /** A vector that the reference gives, and where exports have it, the best first. */
  private record Embedding(String name, List<Source> sources) {
    Embedding or(String output, Pooling pooling) {
      List<Source> all = new ArrayList<>(sources);
      all.add(new Source(output, pooling));
      return new Embedding(name, List.copyOf(all));
    }
  }

  private final List<String> types;
  private final SequencedMap<String, List<Source>> embeddings = new LinkedHashMap<>();

  ModelFamily(List<String> types, Embedding... embeddings) {
    this.types = types;
    for (Embedding one : embeddings) {
      this.embeddings.put(one.name(), one.sources());
    }
  }

  private static Embedding embedding(String name, String... outputs) {
    return new Embedding(
        name, Arrays.stream(outputs).map(one -> new Source(one, Pooling.NONE)).toList());
  }

  private static Embedding tokens(String name, Pooling pooling) {
    return new Embedding(name, List.of(new Source("last_hidden_state", pooling)));
  }

  private static Embedding pooledMap(String name) {
    return embedding(name, "pooler_output").or("last_hidden_state", Pooling.SPATIAL_MEAN);
  }

  private static Embedding timm(String name) {
    return embedding(name, "pooler_output", "output", "features", "embedding", "logits")
        .or("last_hidden_state", Pooling.SPATIAL_MEAN);
  }

  /** Returns the family that {@code model_type} of a config.json names. */
  static Optional<ModelFamily> ofType(String type) {
    return Arrays.stream(values()).filter(one -> one.types.contains(type)).findFirst();
  }

  /** Returns every {@code model_type} that is known. */
  static List<String> allTypes() {
    return Arrays.stream(values()).flatMap(one -> one.types.stream()).sorted().toList();
  }

  /** Returns the names of the vectors that the reference gives, its own choice first. */
  List<String> embeddingNames() {
    return List.copyOf(embeddings.keySet());
  }

  /**
   * Returns where the vector {@code embedding} may be taken from, the best first: in a family that
   * does not know it, from the output of that name.
   */
  List<Source> sources(String embedding) {
    return embeddings.getOrDefault(embedding, List.of(new Source(embedding, Pooling.NONE)));
  }

  /** Returns whether its networks have a text tower in the pictures' space. */
  boolean hasText() {
    return this == CLIP || this == OPEN_CLIP || this == SIGLIP;
  }

  @Override
  public String toString() {
    return types.isEmpty() ? "unknown" : types.getFirst();
  }
}
