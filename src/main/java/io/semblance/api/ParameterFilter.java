package io.semblance.api;

import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.WithFormRead;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.core.multipart.FormData;
import org.jboss.resteasy.reactive.server.multipart.FormValue;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;

/**
 * Has every parameter of a request be read or refused: one that were dropped could be the tenant.
 * Fields of a form that are query parameters of the resource are read as such.
 */
@Singleton
public final class ParameterFilter {
  private final Map<Method, ResourceParameters> resources = new ConcurrentHashMap<>();

  /** Refuses a request with a parameter that its resource does not read. */
  @ServerRequestFilter
  @WithFormRead
  public void check(
      ResteasyReactiveContainerRequestContext request,
      ResourceInfo resource,
      RoutingContext routing) {
    ResourceParameters known =
        resources.computeIfAbsent(resource.getResourceMethod(), ResourceParameters::of);
    MultiMap query = routing.queryParams();
    FormData form =
        ((ResteasyReactiveRequestContext) request.getServerRequestContext()).getFormData();
    if (form != null) {
      form.toMultipartFormDataInput()
          .getValues()
          .forEach((name, values) -> takeField(known, name, values, query));
    }
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, String> parameter : query.entries()) {
      String name = parameter.getKey();
      Boolean repeatable = known.repeatable().get(name);
      if (repeatable == null) {
        throw unknown(name, known);
      }
      if (!seen.add(name) && !repeatable) {
        throw repeated(name);
      }
    }
  }

  /** Checks a field that the resource reads itself; makes others query parameters. */
  private static void takeField(
      ResourceParameters known, String name, Collection<FormValue> values, MultiMap query) {
    boolean own = known.fields().contains(name);
    if (!own && !known.repeatable().containsKey(name)) {
      throw unknown(name, known);
    }
    if (own && values.size() > 1) {
      throw repeated(name);
    }
    for (FormValue value : values) {
      if (value.isFileItem() && !known.files().contains(name)) {
        throw ProblemException.badRequest(
            "invalid-form", "the form field \"%s\" is a file: send it as text".formatted(name));
      }
      if (!own) {
        query.add(name, value.getValue());
      }
    }
  }

  private static ProblemException unknown(String name, ResourceParameters known) {
    return ProblemException.badRequest(
        "unknown-parameter", "there is no parameter \"%s\": %s".formatted(name, known.known()));
  }

  private static ProblemException repeated(String name) {
    return ProblemException.badRequest(
        "repeated-parameter",
        "the parameter \"%s\" is given more than once: give it once".formatted(name));
  }
}
