/** REST resources, problem documents and server-sent events. */
@NullMarked
package io.semblance.api;

import org.jspecify.annotations.NullMarked;
