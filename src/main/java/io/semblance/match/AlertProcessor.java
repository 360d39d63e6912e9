package io.semblance.match;

import static io.semblance.event.CloudEventHeaders.set;

import io.semblance.event.CloudEventHeaders;
import io.semblance.event.EventTypes;
import io.semblance.event.MatchAlert;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Gives each gathered alert the CloudEvents headers under which consumers read it. */
public final class AlertProcessor implements Processor<String, MatchAlert, String, MatchAlert> {
  private static final String SOURCE = "urn:semblance:alerts";
  private static final String TRACE_PREFIX = "trace";

  private ProcessorContext<String, MatchAlert> context;

  @Override
  public void init(ProcessorContext<String, MatchAlert> context) {
    this.context = context;
  }

  @Override
  public void process(Record<String, MatchAlert> record) {
    MatchAlert alert = record.value();
    Headers headers = new RecordHeaders();
    record
        .headers()
        .forEach(header -> {
          if (header.key().startsWith(TRACE_PREFIX)) {
            headers.add(header);
          }
        });
    alert
        .attributes()
        .forEach((name, value) -> set(headers, CloudEventHeaders.PREFIX + name, value));
    set(headers, CloudEventHeaders.SPEC_VERSION, "1.0");
    set(headers, CloudEventHeaders.ID, alert.alertId());
    set(headers, CloudEventHeaders.SOURCE, SOURCE);
    set(headers, CloudEventHeaders.TYPE, EventTypes.IMAGE_MATCHED);
    set(headers, CloudEventHeaders.TIME, Instant.now().toString());
    set(headers, CloudEventHeaders.SUBJECT, alert.imageId());
    set(headers, CloudEventHeaders.CAUSATION_ID, alert.eventId());
    set(headers, CloudEventHeaders.CONTENT_TYPE, "application/json");
    context.forward(record.withHeaders(headers));
  }
}
