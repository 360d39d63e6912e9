package io.semblance.api;

import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.multipart.FileUpload;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a resource's method reads, by its annotations.
 *
 * @param repeatable the query parameters, and whether each may be given several times
 * @param fields the form fields that are no query parameters
 * @param files those of them that are files
 * @param json whether the method reads a JSON body
 */
record ResourceParameters(
    Map<String, Boolean> repeatable, Set<String> fields, Set<String> files, boolean json) {

  static ResourceParameters of(Method method) {
    Map<String, Boolean> repeatable = new TreeMap<>();
    Set<String> fields = new TreeSet<>();
    Set<String> files = new TreeSet<>();
    for (Parameter parameter : method.getParameters()) {
      addQuery(repeatable, parameter, parameter.getType());
      if (parameter.isAnnotationPresent(BeanParam.class)) {
        for (RecordComponent component : parameter.getType().getRecordComponents()) {
          addQuery(repeatable, component.getAccessor(), component.getType());
        }
      }
      @Nullable RestForm field = parameter.getAnnotation(RestForm.class);
      if (field != null) {
        fields.add(field.value());
        if (parameter.getType() == FileUpload.class) {
          files.add(field.value());
        }
      }
    }
    @Nullable Consumes consumes = method.getAnnotation(Consumes.class);
    boolean json =
        consumes != null && Set.of(consumes.value()).contains(MediaType.APPLICATION_JSON);
    return new ResourceParameters(repeatable, fields, files, json);
  }

  private static void addQuery(
      Map<String, Boolean> repeatable, AnnotatedElement element, Class<?> type) {
    @Nullable QueryParam query = element.getAnnotation(QueryParam.class);
    if (query != null) {
      repeatable.put(query.value(), Collection.class.isAssignableFrom(type));
    }
  }

  /** Returns what there is to choose from, in words. */
  String known() {
    if (json) {
      return "the JSON body has them all";
    }
    if (repeatable.isEmpty()) {
      return "this resource takes none";
    }
    String parameters = "there are " + String.join(", ", repeatable.keySet());
    return fields.isEmpty()
        ? parameters
        : parameters + ", and in a form " + String.join(", ", fields);
  }
}
