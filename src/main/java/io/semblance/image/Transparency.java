package io.semblance.image;

/** What becomes of transparency, which networks do not see. */
public enum Transparency {
  /** Flattened on white, as most viewers show it. */
  FLATTENED,
  /** Dropped, as Pillow's {@code convert("RGB")} does: what lies under transparent pixels shows. */
  DROPPED
}
