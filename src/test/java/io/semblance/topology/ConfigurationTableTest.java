package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keeps the README's table and {@link SemblanceConfiguration} the same. */
class ConfigurationTableTest {
  @Test
  void shouldListEveryPropertyWithItsDefaultInTheReadme() throws IOException {
    Map<String, String> declared = new LinkedHashMap<>();
    collect(
        SemblanceConfiguration.class,
        SemblanceConfiguration.class.getAnnotation(ConfigMapping.class).prefix(),
        declared);

    Map<String, String> documented = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("| `semblance.")) {
        String[] cells = line.split("\\|");
        documented.put(cells[1].strip().replace("`", ""), cells[2].strip().replace("`", ""));
      }
    }

    assertThat(declared).hasSizeGreaterThan(40);
    assertThat(documented).isEqualTo(declared);
  }

  private static void collect(Class<?> group, String prefix, Map<String, String> properties) {
    for (Method method : group.getMethods()) {
      if (method.isSynthetic()) {
        continue;
      }
      String name = prefix + "." + kebab(method.getName());
      if (method.getReturnType() == Map.class) {
        ParameterizedType map = (ParameterizedType) method.getGenericReturnType();
        collect((Class<?>) map.getActualTypeArguments()[1], name + ".*", properties);
      } else if (method
          .getReturnType()
          .getName()
          .startsWith(SemblanceConfiguration.class.getName())) {
        collect(method.getReturnType(), name, properties);
      } else {
        WithDefault standard = method.getAnnotation(WithDefault.class);
        properties.put(name, standard == null ? "" : standard.value());
      }
    }
  }

  private static String kebab(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
