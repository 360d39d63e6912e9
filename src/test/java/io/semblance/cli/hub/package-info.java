/** Fetching models, against a server on this machine that behaves like the hub. */
@NullMarked
package io.semblance.cli.hub;

import org.jspecify.annotations.NullMarked;
