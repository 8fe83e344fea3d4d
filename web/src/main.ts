// Starts the console: the look, the keys, the stream. Which page is shown stands in App.svelte.

import { mount } from "svelte";
import App from "./App.svelte";
import { listen } from "./keys";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/base.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
listen();
mount(App, { target });
