package io.semblance.embedding.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.semblance.embedding.model.ModelPackage.Companion;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.image.ImageRecipe;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A tensor that is fed to a network, by the name of its input. */
sealed interface Feed {
  /** Returns the input's name. */
  String name();

  /** Returns the tensor, which belongs to {@code manager}. */
  NDArray array(NDManager manager);

  /** Floats in a direct buffer of native order, which is not copied. */
  record Pictures(String name, ByteBuffer values, Shape shape) implements Feed {
    @Override
    public NDArray array(NDManager manager) {
      return manager.create(values, shape, DataType.FLOAT32);
    }

    @Override
    public String toString() {
      return name + shape;
    }
  }

  /** Whole numbers of 64 or 32 bits. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not kept
  record Tokens(String name, Kind kind, long[] values, Shape shape) implements Feed {
    @Override
    public NDArray array(NDManager manager) {
      return kind == Kind.INT32
          ? manager.create(Arrays.stream(values).mapToInt(Math::toIntExact).toArray(), shape)
          : manager.create(values, shape);
    }

    @Override
    public String toString() {
      return name + shape;
    }
  }

  /** Floats. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not kept
  record Values(String name, float[] values, Shape shape) implements Feed {
    @Override
    public NDArray array(NDManager manager) {
      return manager.create(values, shape);
    }

    @Override
    public String toString() {
      return name + shape;
    }
  }

  /** Returns the shape of {@code count} pictures. */
  static Shape shape(ImageRecipe recipe, int count) {
    return recipe.layout() == ImageRecipe.Layout.NHWC
        ? new Shape(count, recipe.height(), recipe.width(), 3)
        : new Shape(count, 3, recipe.height(), recipe.width());
  }

  /** Returns what {@code companion} is fed with beside a batch of {@code count}. */
  static Feed of(Companion companion, int count) {
    long[] lengths = companion.shape().stream().mapToLong(one -> one < 0 ? count : one).toArray();
    Shape shape = new Shape(lengths);
    int size = Math.toIntExact(shape.size());
    if (companion.kind() == Kind.FLOAT32) {
      float[] values = new float[size];
      if (companion.fill() == Companion.Fill.RAMP) {
        int row = Math.toIntExact(lengths[lengths.length - 1]);
        for (int i = 0; i < size; i++) {
          values[i] = i % row;
        }
      }
      return new Values(companion.name(), values, shape);
    }
    long[] values = new long[size];
    Arrays.fill(values, companion.fill() == Companion.Fill.ONES ? 1 : 0);
    return new Tokens(companion.name(), companion.kind(), values, shape);
  }
}
