package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DecodingRoomTest {
  private static final int SIDE = 256;

  /** One picture of a decoder outside the heap fits, two do not. */
  private static final long ONE_PICTURE = SIDE * SIDE * 9 + 2048;

  private static byte[] picture(String format, int side) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static ImageDecoder decoder(long decodingBytesMax) {
    return new ImageDecoder(new ImageLimits(1 << 20, 1 << 20, 100, decodingBytesMax), true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "tif", "gif", "bmp"})
  void shouldLetAPictureWaitWhileThePixelsOfAnotherHaveAllTheRoom(String format) throws Exception {
    byte[] bytes = picture(format, SIDE);
    ImageDecoder decoder =
        decoder(format.equals("gif") || format.equals("bmp") ? ONE_PICTURE / 3 : ONE_PICTURE);
    CountDownLatch using = new CountDownLatch(1);
    CountDownLatch used = new CountDownLatch(1);
    Thread[] second = new Thread[1];
    try (ExecutorService executor = Executors.newCachedThreadPool();
        ExecutorService other =
            Executors.newSingleThreadExecutor(
                task -> second[0] = Thread.ofPlatform().unstarted(task))) {
      Future<Integer> first =
          executor.submit(() ->
              decoder.decode(
                  bytes,
                  image -> {
                    using.countDown();
                    awaitQuietly(used);
                    return image.width();
                  }));
      using.await();
      Future<Integer> next = other.submit(() -> decoder.decode(bytes, DecodedImage::width));
      await().until(() -> next.isDone() || second[0].getState() == Thread.State.WAITING);
      boolean waited = !next.isDone();
      used.countDown(); // in any case: the executors wait for it
      assertThat(waited).as("the second waited for the first").isTrue();
      assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(SIDE);
      assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo(SIDE);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldDecodeAPictureThatIsLargerThanAllTheRoomAlone() throws Exception {
    byte[] bytes = picture("png", SIDE);
    ImageDecoder decoder = decoder(1);
    AtomicInteger decoding = new AtomicInteger();
    List<Future<Integer>> atATime = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 20; i++) {
        atATime.add(
            executor.submit(() ->
                decoder.decode(
                    bytes,
                    image -> {
                      int now = decoding.incrementAndGet();
                      Thread.yield();
                      decoding.decrementAndGet();
                      return now;
                    })));
      }
      for (Future<Integer> one : atATime) {
        assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      }
    }
  }

  @Test
  void shouldGiveTheRoomOfARejectedPictureBack() throws Exception {
    byte[] bytes = picture("png", SIDE);
    ImageDecoder decoder = decoder(ONE_PICTURE);
    byte[] damaged = bytes.clone();
    damaged[bytes.length / 2] ^= 1;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> decoder.decode(damaged)).isInstanceOf(ImageRejectedException.class);
      assertThatThrownBy(() ->
              decoder.decode(
                  bytes,
                  image -> {
                    throw new IllegalStateException("its use fails");
                  }))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(decoder.decode(bytes).width()).isEqualTo(SIDE);
  }

  @Test
  void shouldRefuseAnImpossibleLimitByItsName() {
    assertThatThrownBy(() -> new ImageLimits(1, 1, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semblance.image.decoding-bytes-max");
  }
}
