package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.image.ImageRecipe.Layout;
import org.junit.jupiter.api.Test;

class PoolingTest {
  /** Two pictures, four tokens, two components. */
  private static final float[] TOKENS = {
    1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8,
  };

  private static final long[] TOKENS_SHAPE = {2, 4, 2};

  private static float[][] pool(Pooling pooling, int prefixTokens) {
    return pooling.vectors(TOKENS, TOKENS_SHAPE, Layout.NCHW, prefixTokens);
  }

  @Test
  void shouldTakeTheClassTokenOrAMeanOfTokens() {
    assertThat(pool(Pooling.CLS, 1)).isDeepEqualTo(new float[][] {{1, 2}, {-1, -2}});
    assertThat(pool(Pooling.MEAN, 1)).isDeepEqualTo(new float[][] {{4, 5}, {-4, -5}});
    assertThat(pool(Pooling.MEAN_PATCHES, 1)).isDeepEqualTo(new float[][] {{5, 6}, {-5, -6}});
  }

  @Test
  void shouldLeaveRegistersOutOfThePatches() {
    assertThat(pool(Pooling.MEAN_PATCHES, 3)).isDeepEqualTo(new float[][] {{7, 8}, {-7, -8}});
    assertThatThrownBy(() -> pool(Pooling.MEAN_PATCHES, 4))
        .hasMessageContaining("takes (N, more than 4 tokens, D)");
  }

  @Test
  void shouldTakeTheMeanOfAMapInTheOrderOfItsSamples() {
    float[] map = {1, 2, 3, 4, 5, 6, 7, 8};
    assertThat(Pooling.SPATIAL_MEAN.vectors(map, new long[] {1, 2, 2, 2}, Layout.NCHW, 1))
        .isDeepEqualTo(new float[][] {{2.5f, 6.5f}});
    assertThat(Pooling.SPATIAL_MEAN.vectors(map, new long[] {1, 2, 2, 2}, Layout.NHWC, 1))
        .isDeepEqualTo(new float[][] {{4, 5}});
  }

  @Test
  void shouldTakeVectorsAsTheyAreEvenAsMapsOfOnePixel() {
    float[] vectors = {1, 2, 3, 4};
    float[][] expected = {{1, 2}, {3, 4}};
    assertThat(Pooling.NONE.vectors(vectors, new long[] {2, 2}, Layout.NCHW, 1))
        .isDeepEqualTo(expected);
    assertThat(Pooling.NONE.vectors(vectors, new long[] {2, 2, 1, 1}, Layout.NCHW, 1))
        .isDeepEqualTo(expected);
  }

  @Test
  void shouldRefuseAnOutputOfAnotherShape() {
    assertThatThrownBy(() -> pool(Pooling.NONE, 1)).hasMessageContaining("takes (N, D)");
    assertThatThrownBy(() -> pool(Pooling.SPATIAL_MEAN, 1))
        .hasMessageContaining("[2, 4, 2]")
        .hasMessageContaining("takes (N, D, height, width)");
    assertThatThrownBy(() -> Pooling.CLS.vectors(new float[4], new long[] {2, 2}, Layout.NCHW, 1))
        .hasMessageContaining("takes (N, tokens, D)");
  }
}
