package io.semblance.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.Response;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.Result;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OversizedDeadLetterHandlerTest {
  private static final String DEAD_LETTERS = "dead-letters";

  private final OversizedDeadLetterHandler handler = new OversizedDeadLetterHandler();

  @BeforeEach
  void configure() {
    handler.configure(Map.of("errors.dead.letter.queue.topic.name", DEAD_LETTERS));
  }

  private static ProducerRecord<byte[], byte[]> record(String topic) {
    Headers headers = new RecordHeaders();
    headers.add("__streams.errors.topic", "image-uploads".getBytes(UTF_8));
    headers.add("large", new byte[1_000_000]);
    return new ProducerRecord<>(topic, null, 1L, "photo".getBytes(UTF_8), new byte[100], headers);
  }

  private Response handle(ProducerRecord<byte[], byte[]> record, Exception failure) {
    return handler.handleError(new Position(), record, failure);
  }

  @Test
  void shouldSendADeadLetterThatIsTooLargeWithoutItsValue() {
    Response response = handle(record(DEAD_LETTERS), new RecordTooLargeException("too large"));

    assertThat(response.result()).isEqualTo(Result.RESUME);
    assertThat(response.deadLetterQueueRecords()).hasSize(1);
    ProducerRecord<byte[], byte[]> letter = response.deadLetterQueueRecords().getFirst();
    assertThat(letter.topic()).isEqualTo(DEAD_LETTERS);
    assertThat(letter.key()).asString(UTF_8).isEqualTo("photo");
    assertThat(letter.value()).isEmpty();
    assertThat(letter.headers().lastHeader("__streams.errors.topic")).isNotNull();
    assertThat(letter.headers().lastHeader("large")).isNull();
    assertThat(letter.headers().lastHeader(OversizedDeadLetterHandler.OMITTED_BYTES).value())
        .asString(UTF_8)
        .isEqualTo("100");
  }

  @Test
  void shouldNotGoRoundInCirclesWhereEvenThatIsTooLarge() {
    RecordTooLargeException failure = new RecordTooLargeException("too large");
    ProducerRecord<byte[], byte[]> letter =
        handle(record(DEAD_LETTERS), failure).deadLetterQueueRecords().getFirst();

    Response second = handle(letter, failure);

    assertThat(second.result()).isEqualTo(Result.RESUME);
    assertThat(second.deadLetterQueueRecords()).isEmpty();
  }

  @Test
  void shouldFailTheThreadForAnyOtherRecordOrReason() {
    assertThat(handle(record("image-embeddings"), new RecordTooLargeException("x")).result())
        .isEqualTo(Result.FAIL);
    assertThat(handle(record(DEAD_LETTERS), new IllegalStateException("x")).result())
        .isEqualTo(Result.FAIL);
  }

  private static final class Position implements ErrorHandlerContext {
    @Override
    public String topic() {
      return "image-uploads";
    }

    @Override
    public int partition() {
      return 0;
    }

    @Override
    public long offset() {
      return 7;
    }

    @Override
    public Headers headers() {
      return new RecordHeaders();
    }

    @Override
    public String processorNodeId() {
      return "embed";
    }

    @Override
    public TaskId taskId() {
      return new TaskId(0, 0);
    }

    @Override
    public long timestamp() {
      return 1;
    }

    @Override
    public byte[] sourceRawKey() {
      return new byte[0];
    }

    @Override
    public byte[] sourceRawValue() {
      return new byte[0];
    }
  }
}
