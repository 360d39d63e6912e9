package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceParametersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "io.semblance.api.ImagesResource|upload|there are category, id, tenant",
        "io.semblance.api.ImagesResource|uploadForm|there are category, id, tenant, and in a form image",
        "io.semblance.api.ImagesResource|uploadReference|the JSON body has them all",
        "io.semblance.api.SearchResource|byForm|there are category, k, model, relativeThreshold, tenant, threshold, and in a form image, text",
        "io.semblance.api.ClassifyResource|byImage|there are label, model, template",
        "io.semblance.api.AlertsResource|alerts|there are from, tenant",
        "io.semblance.api.StatusResource|status|this resource takes none",
      })
  void shouldNameWhatAResourceReads(Class<?> resource, String name, String known) {
    Method method =
        Arrays.stream(resource.getDeclaredMethods())
            .filter(one -> one.getName().equals(name))
            .findFirst()
            .orElseThrow();

    assertThat(ResourceParameters.of(method).known()).isEqualTo(known);
  }
}
