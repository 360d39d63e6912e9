package io.semblance.embedding.model;

import java.util.Locale;

/** Where a network runs. */
public sealed interface InferenceDevice {
  /** A GPU if the engine finds one, else the CPU. */
  record Auto() implements InferenceDevice {
    @Override
    public String toString() {
      return "auto";
    }
  }

  /** The CPU. */
  record Cpu() implements InferenceDevice {
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * One GPU.
   *
   * @param number as the driver counts them, from 0
   */
  record Gpu(int number) implements InferenceDevice {
    @Override
    public String toString() {
      return "gpu:" + number;
    }
  }

  /**
   * Returns the device that {@code text} names: {@code auto}, {@code cpu} or {@code gpu:N}.
   *
   * @throws IllegalArgumentException if it names none
   */
  static InferenceDevice parse(String text) {
    String name = text.strip().toLowerCase(Locale.ROOT);
    if (name.equals("auto")) {
      return new Auto();
    }
    if (name.equals("cpu")) {
      return new Cpu();
    }
    if (name.matches("gpu:\\d{1,3}")) {
      return new Gpu(Integer.parseInt(name.substring("gpu:".length())));
    }
    throw new IllegalArgumentException(
        "semblance.model.device is \"%s\": auto, cpu or gpu:N".formatted(text));
  }
}
